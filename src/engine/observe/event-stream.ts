import { type Observable, ReplaySubject } from 'rxjs';
import type { RunEvent } from '../contract/progress.ts';

/** Late subscribers see what came before, at most this many events. */
const REPLAY_EVENTS = 1_000;

/** The control events of a run: counts and names, never rows. Completes after the summary. */
export class EventStream {
  readonly #subject = new ReplaySubject<RunEvent>(REPLAY_EVENTS);
  readonly events: Observable<RunEvent> = this.#subject.asObservable();

  tell(event: RunEvent): void {
    this.#subject.next(event);
    if (event.event === 'summary') this.#subject.complete();
  }
  /** Ends without a summary: an assertion failed, and the summary's promise tells of it. */
  close(): void {
    this.#subject.complete();
  }
}
