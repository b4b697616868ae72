// SPDX-License-Identifier: Apache-2.0

import { prefersStillness } from "@/ui/media";

const travelMs = 120;
// With more than this at once nobody can follow a single card, and drawing them would cost frames.
const travelMax = 40;

/**
 * Moves cards from where they were to where they are. Each column scrolls by itself and would cut off a card that
 * leaves it, so a copy travels above the columns while the card itself waits unseen.
 */
export class Travel {
  readonly #layer: HTMLElement;
  readonly #from = new Map<string, { rect: DOMRect; column: string }>();

  constructor(layer: HTMLElement) {
    this.#layer = layer;
  }

  /** Notes where these calls are now, before they change. */
  depart(board: HTMLElement, ids: readonly number[]): void {
    this.#from.clear();
    if (ids.length > travelMax || document.hidden || prefersStillness()) {
      return;
    }
    for (const id of ids) {
      const card = board.querySelector<HTMLElement>(`[data-call="${id}"]`);
      if (card?.dataset.column) {
        this.#from.set(String(id), { rect: card.getBoundingClientRect(), column: card.dataset.column });
      }
    }
  }

  /** Lets the cards that changed their column travel to where they are now. */
  arrive(board: HTMLElement): void {
    for (const [id, { rect, column }] of this.#from) {
      const card = board.querySelector<HTMLElement>(`[data-call="${id}"]`);
      if (card && card.dataset.column !== column) {
        this.#move(card, rect);
      }
    }
    this.#from.clear();
  }

  #move(card: HTMLElement, from: DOMRect): void {
    const to = card.getBoundingClientRect();
    const copy = card.cloneNode(true) as HTMLElement;
    copy.removeAttribute("data-call");
    copy.removeAttribute("tabindex");
    copy.style.cssText = `position:fixed;left:${to.left}px;top:${to.top}px;width:${to.width}px;height:${to.height}px;transform:none`;
    this.#layer.append(copy);
    card.animate([{ opacity: 0 }, { opacity: 0 }], { duration: travelMs });
    const way = `translate(${from.left - to.left}px, ${from.top - to.top}px)`;
    const flight = copy.animate([{ transform: way }, { transform: "none" }], {
      duration: travelMs,
      easing: "cubic-bezier(0.2, 0.7, 0.3, 1)",
    });
    flight.onfinish = () => copy.remove();
    flight.oncancel = () => copy.remove();
  }
}
