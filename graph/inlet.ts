import { Observable, type Subscriber } from 'rxjs';

/**
 * The source that a node's operator is applied to: a Subject whose `next` allocates nothing
 * (rxjs 7's own makes a closure per call, which at audio rate is what the collector lives on).
 * Like a Subject it may be subscribed several times.
 */
export class Inlet<T> {
  private readonly subscribers: Subscriber<T>[] = [];

  readonly source$ = new Observable<T>((subscriber) => {
    this.subscribers.push(subscriber);
    return () => {
      const index = this.subscribers.indexOf(subscriber);
      if (index >= 0) this.subscribers.splice(index, 1);
    };
  });

  next(value: T): void {
    for (let i = 0; i < this.subscribers.length; i++) this.subscribers[i]!.next(value);
  }
}
