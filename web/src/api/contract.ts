// SPDX-License-Identifier: Apache-2.0

import type * as offices from "./administration";
import type * as people from "./contacts";
import type * as files from "./imports";
import type * as systems from "./integrations";
import type * as staff from "./people";
/**
 * Holds types.ts to the server's own description of its API. Nothing here runs: where the two differ, the type check
 * fails and its message names the members. types.ts says more than the description does (which member may be null,
 * what a text can be), so the two are compared and one is not made from the other.
 */
import type { components } from "./schema";
import type * as ours from "./types";

type Theirs = components["schemas"];

/** The members of ours that the description does not have, or has otherwise. */
type Wrong<Ours, Described> = {
  [Name in keyof Ours & string]: Name extends keyof Described
    ? Fits<Ours[Name], Described[Name]> extends true
      ? never
      : Name
    : Name;
}[keyof Ours & string];

type Fits<Ours, Described> = unknown extends Described
  ? true
  : undefined extends Described
    ? undefined extends Ours
      ? FitsValue<NonNullable<Ours>, NonNullable<Described>>
      : false
    : FitsValue<NonNullable<Ours>, NonNullable<Described>>;

type FitsValue<Ours, Described> = [Described] extends [readonly (infer Item)[]]
  ? [Ours] extends [readonly (infer OurItem)[]]
    ? Fits<OurItem, Item>
    : false
  : [Described] extends [object]
    ? [Ours] extends [object]
      ? [Wrong<Ours, Described>] extends [never]
        ? true
        : false
      : false
    : FitsScalar<Ours, Described>;

// Where the description lists what a text can be, ours must know all of it; where it does not, ours may list.
type FitsScalar<Ours, Described> = string extends Described
  ? [Ours] extends [string]
    ? true
    : false
  : [Described] extends [Ours]
    ? true
    : false;

/** What the server answers. `never` everywhere, or the type check fails with the names of the wrong members. */
export interface Answers {
  me: Wrong<ours.Me, Theirs["UserMe"]>;
  call: Wrong<ours.Call, Theirs["Call"]>;
  event: Wrong<ours.CallEvent, Theirs["CallEvent"]>;
  queue: Wrong<ours.Queue, Theirs["QueueOutput"]>;
  rules: Wrong<ours.RuleSet, Theirs["RuleSetAnswerBody"]>;
  version: Wrong<ours.RuleSetVersion, Theirs["RuleVersionOutput"]>;
  decision: Wrong<ours.Decision, Theirs["DecisionOutput"]>;
  connector: Wrong<ours.Connector, Theirs["ConnectorOutput"]>;
  test: Wrong<ours.ConnectorTest, Theirs["Tested"]>;
  inbox: Wrong<ours.InboxItem, Theirs["InboxOutput"]>;
  reprocessed: Wrong<ours.Reprocessed, Theirs["Reprocessed"]>;
  contact: Wrong<people.Contact, Theirs["ContactOutput"]>;
  twins: Wrong<people.ContactTwins, Theirs["ContactTwins"]>;
  group: Wrong<people.ContactGroup, Theirs["ContactGroupOutput"]>;
  import: Wrong<files.ContactImport, Theirs["ImportOutput"]>;
  importTrial: Wrong<files.ImportTrial, Theirs["ImportDryRunAnswerBody"]>;
  agent: Wrong<staff.AgentAccount, Theirs["AgentOutput"]>;
  role: Wrong<staff.Role, Theirs["RoleOutput"]>;
  right: Wrong<staff.Right, Theirs["RightOutput"]>;
  key: Wrong<staff.ApiKey, Theirs["KeyOutput"]>;
  keyShown: Wrong<staff.ApiKeyShown, Theirs["KeyWithValue"]>;
  audit: Wrong<staff.AuditEntry, Theirs["AuditEntry"]>;
  activity: Wrong<people.Activity, Theirs["ActivityOutput"]>;
  missed: Wrong<people.MissedCall, Theirs["MissedOutput"]>;
  reminder: Wrong<people.Reminder, Theirs["ReminderOutput"]>;
  callButton: Wrong<ours.CallButton, Theirs["ClickToCallOutput"]>;
  callButtonRequest: Wrong<ours.CallButtonRequest, Theirs["ClickToCallRequest"]>;
  agentState: Wrong<ours.AgentState, Theirs["AgentState"]>;
  pauseReason: Wrong<ours.PauseReason, Theirs["PauseReasonOutput"]>;
  wrapUp: Wrong<ours.WrapUp, Theirs["WrapUpBody"]>;
  outgoingCall: Wrong<ours.OutgoingCall, Theirs["OutgoingCallOutput"]>;
  template: Wrong<systems.Template, Theirs["TemplateOutput"]>;
  integrator: Wrong<systems.Integrator, Theirs["IntegratorOutput"]>;
  endpoint: Wrong<systems.Endpoint, Theirs["EndpointOutput"]>;
  delivery: Wrong<systems.Delivery, Theirs["DeliveryOutput"]>;
  lookup: Wrong<systems.LookupResult, Theirs["IntegratorLookupOutput"]>;
  sipAccount: Wrong<offices.SipAccount, Theirs["SipAccountOutput"]>;
  sipProvider: Wrong<offices.SipProvider, Theirs["SipProviderOutput"]>;
  settings: Wrong<offices.Settings, Theirs["SettingsOutput"]>;
  limit: Wrong<offices.LimitUse, Theirs["LimitOutput"]>;
  account: Wrong<offices.Account, Theirs["TenantOutput"]>;
  page: Wrong<ours.Page<ours.Card>, Theirs["ListCall"]>;
}

/** What the console sends. */
export interface Questions {
  connector: ours.ConnectorChange extends Theirs["ConnectorBody"] ? never : "connector";
  outgoingCall: ours.OutgoingCallChange extends Theirs["OutgoingCallBody"] ? never : "outgoingCall";
  sipAccount: offices.SipAccountChange extends Theirs["SipAccountBody"] ? never : "sipAccount";
}

type Agree<Differences extends Record<keyof Differences, never>> = Differences;
export type AnswersAgree = Agree<Answers>;
export type QuestionsAgree = Agree<Questions>;
