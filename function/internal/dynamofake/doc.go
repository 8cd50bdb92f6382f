// Package dynamofake is a model of one DynamoDB table, in memory, behind the calls of the AWS SDK.
//
// It is a model, not a mock: it keeps items, evaluates conditions and refuses what DynamoDB refuses, so that code which
// passes against it does not rest on an assumption that nobody wrote down. The rules it holds to, each from the DynamoDB
// developer guide and API reference:
//
//   - A batch has 1 to 25 statements. It is not atomic: every statement succeeds or fails on its own, reported in its
//     response; the call itself answers 200. Reads and writes do not mix. Two statements on one key fail the call.
//   - INSERT on an existing key is DuplicateItem. UPDATE never creates an item: a missing item or a false WHERE is
//     ConditionalCheckFailed. DELETE of a missing item succeeds; of an item for which WHERE is false it does not.
//   - WHERE of UPDATE, DELETE and SELECT must fix the whole key by an equality outside OR and NOT.
//   - Reserved words must be quoted or aliased.
//   - A write costs one unit per KB of the larger of the old and the new item, and at least one, also when its condition
//     fails. A consistent read costs one unit per 4 KB, an eventually consistent one half, also when nothing is found.
//     A throttled statement costs nothing.
//   - TTL deletes late: an expired item stays, and is read, until [Table.DeleteExpired] is called.
//   - BatchGetItem takes 1 to 100 distinct keys; what it did not get to is in UnprocessedKeys.
//
// Faults are injected through [Hooks], deterministically, by the test. A Table is safe for concurrent use and does not
// import testing, so that it can stand behind an HTTP server as well.
package dynamofake
