package api

import (
	"context"
	"fmt"
	"net/http"
)

const (
	// pageSize is the largest page that the listings of Genesys Cloud give.
	pageSize = 100
	// maxPages ends a listing whose pages never end.
	maxPages = 1000
)

// page is one page of a listing.
type page[T any] struct {
	Entities  []T `json:"entities"`
	PageCount int `json:"pageCount"`
}

// list reads all pages and keeps what matches: the listings can't be asked for a name.
func list[T any](ctx context.Context, c *Client, path string, keep func(T) bool) ([]T, error) {
	var kept []T
	for number := 1; number <= maxPages; number++ {
		var p page[T]
		if err := c.call(ctx, http.MethodGet, fmt.Sprintf("%s?pageSize=%d&pageNumber=%d", path, pageSize, number), nil, &p); err != nil {
			return nil, err
		}
		for _, entity := range p.Entities {
			if keep(entity) {
				kept = append(kept, entity)
			}
		}
		if number >= p.PageCount {
			return kept, nil
		}
	}
	return nil, fmt.Errorf("GET %s: the listing has more than %d pages", path, maxPages)
}
