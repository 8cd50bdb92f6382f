package dedup

import "cc-eventbridge/function/contract"

// Parts of the statements. Every name is quoted: several are reserved words of DynamoDB.
const (
	key, state, owner = `"` + contract.TableKey + `"=?`, `"` + contract.TableState + `"=?`, `"` + contract.TableOwner + `"=?`
	leaseEnd, expires = `"` + contract.TableLeaseEnd + `"=?`, `"` + contract.TableExpires + `"=?`
	payloadHash       = `"` + contract.TablePayloadHash + `"=?`
	and               = ` AND `
	whereHeld         = ` WHERE ` + key + and + owner + and + state
	firstItem         = ` VALUE {'` + contract.TableKey + `': ?, '` + contract.TableState + `': ?, '` + contract.TableOwner + `': ?, '` +
		contract.TableLeaseEnd + `': ?, '` + contract.TableExpires + `': ?, '` + contract.TablePayloadHash + `': ?}`
)

// InsertStatement claims an identity that has no item. An item in its way makes it fail with DuplicateItem.
//
// Parameters: eventId, state, owner, leaseEnd, expiresAt, payloadHash.
func InsertStatement(table string) string {
	return `INSERT INTO "` + table + `"` + firstItem
}

// RenewExpiredStatement claims an identity whose item has expired but not been deleted yet (TTL deletes late). It fails
// when anyone has touched the item since it was read: owner and expiry identify what was read.
//
// Parameters: state, owner, leaseEnd, expiresAt, payloadHash, eventId, owner as read, expiresAt as read.
func RenewExpiredStatement(table string) string {
	return `UPDATE "` + table + `" SET ` + state + `, ` + owner + `, ` + leaseEnd + `, ` + expires + `, ` + payloadHash +
		` WHERE ` + key + and + owner + and + expires
}

// StealStatement claims an identity whose owner let its lease lapse. Of several who try, one succeeds, because it
// changes what the others compare.
//
// Parameters: owner, leaseEnd, expiresAt, eventId, owner as read, leaseEnd as read, state.
func StealStatement(table string) string {
	return `UPDATE "` + table + `" SET ` + owner + `, ` + leaseEnd + `, ` + expires +
		` WHERE ` + key + and + owner + and + leaseEnd + and + state
}

// CompleteStatement completes a claim if it is still held.
//
// Parameters: state completed, expiresAt, eventId, owner, state in progress.
func CompleteStatement(table string) string {
	return `UPDATE "` + table + `" SET ` + state + `, ` + expires + whereHeld
}

// ReleaseStatement gives a claim up if it is still held.
//
// Parameters: eventId, owner, state in progress.
func ReleaseStatement(table string) string {
	return `DELETE FROM "` + table + `"` + whereHeld
}

// ExtendStatement moves the end of a lease that is still held.
//
// Parameters: leaseEnd, eventId, owner, state in progress.
func ExtendStatement(table string) string {
	return `UPDATE "` + table + `" SET ` + leaseEnd + whereHeld
}
