package api

import (
	"context"
	"fmt"
	"net/http"
)

// OrganizationID returns the id of the organization that the credentials belong to. It is asked for once.
func (c *Client) OrganizationID(ctx context.Context) (string, error) {
	return c.organization.get(func() (string, error) {
		var me struct {
			ID string `json:"id"`
		}
		if err := c.call(ctx, http.MethodGet, DefaultBasePath+"/organizations/me", nil, &me); err != nil {
			return "", fmt.Errorf("asking for the organization's id: %w", err)
		}
		if me.ID == "" {
			return "", fmt.Errorf("asking for the organization's id: the answer has none")
		}
		return me.ID, nil
	})
}
