"""Powertools for AWS Lambda (Python): the batch processor around an idempotent record handler, as its documentation has it.

The key is the event's identity inside the body, which the documentation writes with powertools_json(body): a duplicate
from Genesys Cloud arrives under a message id of its own.
"""

import os

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

processor = BatchProcessor(event_type=EventType.SQS)
persistence_store = DynamoDBPersistenceLayer(table_name=os.environ["DEDUP_TABLE_NAME"])
config = IdempotencyConfig(
    event_key_jmespath="powertools_json(body).[event.type, timestamp, event.data.id]",
    raise_on_no_idempotency_key=True,
)


@idempotent_function(data_keyword_argument="record", config=config, persistence_store=persistence_store)
def handle_once(record: SQSRecord) -> None:
    record.json_body  # decoding is part of the work, as for every other implementation compared here


def handler(event, context):
    config.register_lambda_context(context)
    return process_partial_response(event=event, record_handler=handle_once, processor=processor, context=context)
