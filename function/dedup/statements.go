package dedup

// The attributes of an item of the dedup table. Its key is KeyAttribute; the table's TTL is on ExpiresAttribute.
const (
	KeyAttribute         = "eventId"
	StateAttribute       = "state"
	OwnerAttribute       = "owner"
	LeaseEndAttribute    = "leaseEnd"    // milliseconds since 1970; means nothing once completed
	ExpiresAttribute     = "expiresAt"   // seconds since 1970
	PayloadHashAttribute = "payloadHash" // see identify.Identity
)

// The values of StateAttribute.
const (
	StateInProgress = "in-progress"
	StateCompleted  = "completed"
)

// InsertStatement claims an identity that has no item. An item in its way makes it fail with DuplicateItem.
//
// Parameters: eventId, state, owner, leaseEnd, expiresAt, payloadHash.
func InsertStatement(table string) string {
	return `INSERT INTO "` + table + `" VALUE {'eventId': ?, 'state': ?, 'owner': ?, 'leaseEnd': ?, 'expiresAt': ?, 'payloadHash': ?}`
}

// RenewExpiredStatement claims an identity whose item has expired but not been deleted yet (TTL deletes late). It fails
// when anyone has touched the item since it was read: owner and expiry identify what was read.
//
// Parameters: state, owner, leaseEnd, expiresAt, payloadHash, eventId, owner as read, expiresAt as read.
func RenewExpiredStatement(table string) string {
	return `UPDATE "` + table + `" SET "state"=?, "owner"=?, "leaseEnd"=?, "expiresAt"=?, "payloadHash"=?` +
		` WHERE "eventId"=? AND "owner"=? AND "expiresAt"=?`
}

// StealStatement claims an identity whose owner let its lease lapse. Of several who try, one succeeds, because it
// changes what the others compare.
//
// Parameters: owner, leaseEnd, expiresAt, eventId, owner as read, leaseEnd as read, state.
func StealStatement(table string) string {
	return `UPDATE "` + table + `" SET "owner"=?, "leaseEnd"=?, "expiresAt"=?` +
		` WHERE "eventId"=? AND "owner"=? AND "leaseEnd"=? AND "state"=?`
}

// CompleteStatement completes a claim if it is still held.
//
// Parameters: state completed, expiresAt, eventId, owner, state in progress.
func CompleteStatement(table string) string {
	return `UPDATE "` + table + `" SET "state"=?, "expiresAt"=?` +
		` WHERE "eventId"=? AND "owner"=? AND "state"=?`
}

// ReleaseStatement gives a claim up if it is still held.
//
// Parameters: eventId, owner, state in progress.
func ReleaseStatement(table string) string {
	return `DELETE FROM "` + table + `" WHERE "eventId"=? AND "owner"=? AND "state"=?`
}

// ExtendStatement moves the end of a lease that is still held.
//
// Parameters: leaseEnd, eventId, owner, state in progress.
func ExtendStatement(table string) string {
	return `UPDATE "` + table + `" SET "leaseEnd"=? WHERE "eventId"=? AND "owner"=? AND "state"=?`
}
