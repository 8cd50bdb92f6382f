// Powertools for AWS Lambda (TypeScript): the batch processor around an idempotent record handler, as the batch
// integration of its idempotency documentation has it. The key is the event's identity inside the body, which the
// documentation writes with powertools_json(body): a duplicate from Genesys Cloud arrives under a message id of its own.
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';

const processor = new BatchProcessor(EventType.SQS);
const persistenceStore = new DynamoDBPersistenceLayer({ tableName: process.env.DEDUP_TABLE_NAME });
const config = new IdempotencyConfig({
  eventKeyJmesPath: 'powertools_json(body).[event.type, timestamp, event.data.id]',
  throwOnNoIdempotencyKey: true,
});

const handleOnce = makeIdempotent(
  async (record) => {
    JSON.parse(record.body);
  },
  { persistenceStore, config },
);

export const handler = async (event, context) => {
  config.registerLambdaContext(context);
  return processPartialResponse(event, handleOnce, processor, { context });
};
