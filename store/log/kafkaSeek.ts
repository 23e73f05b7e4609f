import type { Kafka, SeekEntry } from "kafkajs";

/** kafkajs' own admin.setOffsets waits for a fetch of 5 s; otherwise this does the same. */
const FETCH_WAIT_MS = 200;

/** Commits the offsets in the group's name: a member joins, seeks, and leaves. The group must have no other members. */
export async function commitOffsets(
  kafka: Kafka,
  groupId: string,
  topicName: string,
  offsets: readonly SeekEntry[],
): Promise<void> {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: FETCH_WAIT_MS, allowAutoTopicCreation: false });
  const committed = new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.FETCH, () => resolve()); // every fetch begins by committing what was sought
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
  });
  committed.catch(() => undefined); // it may be rejected while connect below is still being awaited
  try {
    await consumer.connect();
    await consumer.subscribe({ topic: topicName, fromBeginning: true });
    // Not awaited before pause and seek: nothing may be fetched until they are in force.
    const running = consumer.run({ eachBatchAutoResolve: false, eachBatch: async () => undefined });
    consumer.pause([{ topic: topicName }]);
    for (const { partition, offset } of offsets) consumer.seek({ topic: topicName, partition, offset });
    await running;
    await committed;
  } finally {
    await consumer.disconnect();
  }
}
