// SPDX-License-Identifier: Apache-2.0

import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from "react";
import { AgentBoard, type AgentBoardState } from "./agents";
import { Board, type BoardState } from "./board";
import { FeedClient, type FeedSocket } from "./client";

interface Live {
  readonly client: FeedClient;
  readonly board: Board;
  readonly agents: AgentBoard;
}

const LiveContext = createContext<Live | null>(null);

// A hidden page gets no animation frames, and must not fall behind for that.
const hiddenFlushMs = 500;

function schedule(flush: () => void): void {
  if (document.hidden) {
    setTimeout(flush, hiddenFlushMs);
  } else {
    requestAnimationFrame(flush);
  }
}

function open(): Live {
  const address = new URL("/ws", location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  // A WebSocket hands its listeners more than a FeedSocket promises, which the type checker cannot see.
  const client = new FeedClient({ open: () => new WebSocket(address) as unknown as FeedSocket });
  const board = new Board(schedule);
  client.on("update", (update) => board.apply(update));
  client.on("connection", (connection) => board.connect(connection));
  const agents = new AgentBoard(schedule);
  client.on("agents", (update) => agents.apply(update));
  return { client, board, agents };
}

/** Keeps one connection to the live view for everything inside. */
export function LiveProvider({ children, onSignedOut }: { children: ReactNode; onSignedOut: () => void }) {
  const [live] = useState(open);
  useEffect(() => {
    const { client } = live;
    const retry = () => document.visibilityState === "visible" && client.retryNow();
    const stop = client.on(
      "connection",
      (now) => now.phase === "ended" && now.why === "signed-out" && onSignedOut(),
    );
    document.addEventListener("visibilitychange", retry);
    window.addEventListener("online", retry);
    client.start();
    return () => {
      stop();
      document.removeEventListener("visibilitychange", retry);
      window.removeEventListener("online", retry);
      client.stop();
    };
  }, [live, onSignedOut]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) {
    throw new Error("useLive outside LiveProvider");
  }
  return live;
}

/** A part of the present; the component renders again when that part changed. */
export function useBoard<T>(part: (state: BoardState) => T): T {
  const { board } = useLive();
  return useSyncExternalStore(board.subscribe, () => part(board.state()));
}

/** What every agent does, while it changes. */
export function useAgents(): AgentBoardState {
  const { client, agents } = useLive();
  useEffect(() => {
    client.followAgents();
    return () => client.leaveAgents();
  }, [client]);
  return useSyncExternalStore(agents.subscribe, agents.state);
}
