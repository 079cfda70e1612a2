// What the card has of Home Assistant's frontend, which publishes no types: as much of it as
// the card uses. (home-assistant/frontend: src/types.ts, src/data/lovelace_custom_cards.ts;
// home-assistant-js-websocket: lib/connection.ts)

/** A text by its key, in the language of the page; empty where there is none. */
export type Localize = (
  key: string,
  placeholders?: Record<string, string>,
) => string;

/** A state, as Home Assistant's WebSocket API has it. Never changed, only replaced. */
export interface HassEntity {
  entity_id: string;
  state: string;
  last_changed: string;
  attributes: Record<string, string | undefined>;
}

/** An entity as the registry lists it for a page. */
export interface EntityEntry {
  platform: string;
  translation_key?: string;
  device_id?: string;
  hidden?: boolean;
}

/** A device as the registry lists it for a page. */
export interface Device {
  name: string | null;
  name_by_user: string | null;
  model_id?: string | null;
  via_device_id?: string | null;
}

export type Unsubscribe = () => Promise<void>;

/** A connection to Home Assistant, which restores itself. */
export interface Connection {
  addEventListener(type: "ready" | "disconnected", listener: () => void): void;
  removeEventListener(
    type: "ready" | "disconnected",
    listener: () => void,
  ): void;
  subscribeMessage<T>(
    callback: (message: T) => void,
    message: { type: string } & Record<string, unknown>,
    options?: { resubscribe?: boolean },
  ): Promise<Unsubscribe>;
}

/** What a command is refused with. */
export interface CommandError {
  code?: string;
  message?: string;
  translation_domain?: string;
  translation_key?: string;
  translation_placeholders?: Record<string, string>;
}

/** Home Assistant, as a page knows it. What has changed in it is another object. */
export interface HomeAssistant {
  states: Record<string, HassEntity>;
  entities: Record<string, EntityEntry>;
  devices: Record<string, Device>;
  user?: { is_admin: boolean };
  language: string;
  locale?: { language: string; time_format?: string; time_zone?: string };
  config: { time_zone: string };
  connection: Connection;
  localize: Localize;
  formatEntityState(state: HassEntity): string;
  formatEntityAttributeValue(state: HassEntity, attribute: string): string;
  loadBackendTranslation(
    category: string,
    integration: string,
  ): Promise<Localize>;
  callWS<T>(
    message: { type: string } & Record<string, unknown>,
  ): Promise<T>;
}

/** The part of a page's address that belongs to it. */
export interface Route {
  prefix: string;
  path: string;
}

/** One field of `ha-form`. */
export interface FormField {
  name: string;
  required?: boolean;
  selector?: Record<string, unknown>;
}

/** Fields of `ha-form` that are folded away, and whose values are among the others. */
export interface FoldedFields extends FormField {
  type: "expandable";
  flatten: true;
  title: string;
  schema: FormField[];
}

/** Home Assistant's form, of which the card needs little. */
export interface HaForm extends HTMLElement {
  data: Record<string, string>;
  reportValidity(): boolean;
}

/** An entry of the card picker. */
export interface CustomCard {
  type: string;
  name: string;
  description?: string;
  preview?: boolean;
  documentationURL?: string;
  getEntitySuggestion?(hass: HomeAssistant, entityId: string): unknown;
}

/** An entry of the other pickers. */
export interface PickedElement {
  type: string;
  name: string;
  description?: string;
  preview?: boolean;
}

declare global {
  interface Window {
    customCards?: CustomCard[];
    customBadges?: PickedElement[];
    customStrategies?: (PickedElement & { strategyType: "dashboard" })[];
    loadCardHelpers(): Promise<{
      createBadgeElement(config: Record<string, unknown>): HTMLElement;
      createCardElement(config: Record<string, unknown>): HTMLElement;
    }>;
  }
}
