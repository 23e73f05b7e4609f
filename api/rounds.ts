/**
 * Equal questions that wait at one moment get one answer, which is asked for after the last of them came: what any of them is told is never
 * older than its question. A question that comes while an equal one is being answered waits for the next round. What a caller gets is
 * shared with others: it must not be changed.
 * @param ask asks the store
 * @param inTurn calls the job when its turn comes; by default when all that arrived at this moment has been read
 */
export function rounds<Question, Answer>(
  ask: (question: Question) => Promise<Answer>,
  inTurn: (job: () => Promise<Answer>) => Promise<Answer> = afterArrivals,
): (question: Question) => Promise<Answer> {
  const gathering = new Map<string, Promise<Answer>>();
  const asked = new Map<string, Promise<unknown>>();
  return (question) => {
    const key = JSON.stringify(question) ?? "";
    const joined = gathering.get(key);
    if (joined) return joined;
    const before = asked.get(key) ?? Promise.resolve();
    const answer = before.then(() =>
      inTurn(() => {
        gathering.delete(key);
        const asking = ask(question);
        const ended = asking.then(ignored, ignored).then(() => {
          if (asked.get(key) === ended) asked.delete(key);
        });
        asked.set(key, ended);
        return asking;
      }),
    );
    gathering.set(key, answer);
    return answer;
  };
}

const ignored = () => undefined;

async function afterArrivals<Answer>(job: () => Promise<Answer>): Promise<Answer> {
  await new Promise((resolve) => setImmediate(resolve));
  return job();
}
