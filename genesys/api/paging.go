package api

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
)

const (
	// pageSize is the largest page that the listings of Genesys Cloud give.
	pageSize = 100
	// maxPages ends a listing whose pages never end.
	maxPages = 1000
)

// page is one page of a listing. All of its members are optional.
type page[T any] struct {
	Entities  []T    `json:"entities"`
	PageCount int    `json:"pageCount"`
	NextURI   string `json:"nextUri"`
}

// last reports whether nothing comes after the page with a number. Genesys Cloud may leave out any hint but the entities.
func (p page[T]) last(number int) bool {
	return len(p.Entities) == 0 || len(p.Entities) < pageSize && p.NextURI == "" && number >= p.PageCount
}

// list reads all pages and keeps what matches: the listings can't be asked for a name.
func list[T any](ctx context.Context, c *Client, path string, query url.Values, keep func(T) bool) ([]T, error) {
	var kept []T
	asked := url.Values{"pageSize": {strconv.Itoa(pageSize)}}
	maps.Copy(asked, query)
	for number := 1; number <= maxPages; number++ {
		var p page[T]
		asked.Set("pageNumber", strconv.Itoa(number))
		if err := c.call(ctx, http.MethodGet, path+"?"+asked.Encode(), nil, &p); err != nil {
			return nil, err
		}
		for _, entity := range p.Entities {
			if keep(entity) {
				kept = append(kept, entity)
			}
		}
		if p.last(number) {
			return kept, nil
		}
	}
	return nil, fmt.Errorf("GET %s: the listing has more than %d pages", path, maxPages)
}
