// What waits to be sent from a phone: in order, each once, nothing silently lost. Pure but for the door it is given.

export interface Waiting {
  /** Sent along as Idempotency-Key, so that a lost answer does no harm. */
  key: string;
  /** What people read in the list. */
  label: { zh: string; en: string };
  path: string;
  body: Record<string, unknown>;
  /** Pictures that are still on this phone. */
  pictures: Blob[];
  /** When it was made, milliseconds. */
  made: number;
  /** Account that made it: nobody else's session sends it. */
  who: string;
  /** Why the server refused it; it then waits for a person. */
  refused?: string;
}

export interface Door {
  /** Uploads a picture; its id. */
  upload(picture: Blob): Promise<string>;
  post(path: string, body: Record<string, unknown>, key: string): Promise<void>;
}

export interface Keeper {
  all(): Promise<Waiting[]>;
  put(waiting: Waiting): Promise<void>;
  remove(key: string): Promise<void>;
}

/** Whether trying again later can help: no answer, a busy server, or a session that has ended. */
export function later(status: number): boolean {
  return status === 0 || status === 401 || status === 408 || status === 429 || status >= 500;
}

/**
 * Send what waits and is `who`'s, oldest first. Stops at the first that has to wait, so that the order holds; one that the server
 * refuses is marked and passed over. Returns how many went.
 */
export async function flush(keeper: Keeper, door: Door, who: string): Promise<number> {
  let sent = 0;
  const waiting = (await keeper.all()).filter((one) => one.who === who && !one.refused).sort((one, other) => one.made - other.made);
  for (const one of waiting) {
    try {
      await sendOne(one, keeper, door);
      await keeper.remove(one.key);
      sent += 1;
    } catch (error) {
      const status = (error as { status?: number }).status ?? 0;
      if (later(status)) {
        return sent;
      }
      await keeper.put({ ...one, refused: error instanceof Error ? error.message : String(error) });
    }
  }
  return sent;
}

async function sendOne(one: Waiting, keeper: Keeper, door: Door): Promise<void> {
  while (one.pictures.length > 0) {
    const id = await door.upload(one.pictures[0]!);
    const ids = (one.body["pictures"] as string[] | undefined) ?? [];
    one.body = { ...one.body, pictures: [...ids, id] };
    one.pictures = one.pictures.slice(1);
    await keeper.put(one); // the id is kept before anything else can fail
  }
  await door.post(one.path, one.body, one.key);
}
