package genesystest

import (
	"fmt"
	"net/http"
	"strings"
)

type destination struct {
	ID                   string  `json:"id"`
	Name                 string  `json:"name"`
	Description          string  `json:"description"`
	AWSAccountID         string  `json:"awsAccountId"`
	AWSRegion            string  `json:"awsRegion"`
	QueueARN             string  `json:"queueArn"`
	AuthenticationType   string  `json:"authenticationType"`
	RoleARN              string  `json:"roleArn"`
	EnableCompression    bool    `json:"enableCompression"`
	MaxRetries           float64 `json:"maxRetries"`
	RetryIntervalSeconds float64 `json:"retryIntervalSeconds"`
	Status               string  `json:"status"`
	StatusMessage        string  `json:"statusMessage,omitempty"`
}

func (d *destination) problem() *failure {
	switch {
	case strings.TrimSpace(d.Name) == "":
		return invalid("The name is required.")
	case !account.MatchString(d.AWSAccountID):
		return invalid("awsAccountId must have 12 digits.")
	case !region.MatchString(d.AWSRegion):
		return invalid(fmt.Sprintf("awsRegion %q is not a region.", d.AWSRegion))
	case !strings.HasPrefix(d.QueueARN, "arn:") || !strings.Contains(d.QueueARN, ":sqs:"+d.AWSRegion+":"+d.AWSAccountID+":"):
		return invalid("queueArn must be a queue in awsRegion and awsAccountId.")
	case d.AuthenticationType != "IAM_ROLE":
		return invalid("authenticationType must be IAM_ROLE.")
	case !strings.HasPrefix(d.RoleARN, "arn:") || !strings.Contains(d.RoleARN, ":iam::"+d.AWSAccountID+":role/"):
		return invalid("roleArn must be a role in awsAccountId.")
	case d.MaxRetries < 0 || d.RetryIntervalSeconds < 0:
		return invalid("maxRetries and retryIntervalSeconds must not be negative.")
	}
	d.Status, d.StatusMessage = enabled, ""
	return nil
}

func (c *Cloud) createDestination(r *http.Request) (any, *failure) {
	d := &destination{}
	if problem := readJSON(r, d); problem != nil {
		return nil, problem
	}
	if problem := d.problem(); problem != nil {
		return nil, problem
	}
	d.ID = c.destinations.add(d)
	return d, nil
}

func (c *Cloud) listDestinations(r *http.Request) (any, *failure) {
	return paged(r, c.destinations.all())
}

func (c *Cloud) readDestination(r *http.Request) (any, *failure) {
	d, problem := c.destinations.get(r)
	if problem != nil {
		return nil, problem
	}
	return d, nil
}

func (c *Cloud) replaceDestination(r *http.Request) (any, *failure) {
	old, problem := c.destinations.get(r)
	if problem != nil {
		return nil, problem
	}
	d := destination{}
	if problem := readJSON(r, &d); problem != nil {
		return nil, problem
	}
	if problem := d.problem(); problem != nil {
		return nil, problem
	}
	d.ID = old.ID
	*old = d
	return old, nil
}

func (c *Cloud) deleteDestination(r *http.Request) (any, *failure) {
	d, problem := c.destinations.get(r)
	if problem != nil {
		return nil, problem
	}
	for _, s := range c.subscriptions.all() {
		if s.DestinationID == d.ID {
			return nil, &failure{http.StatusConflict, "conflict", "The destination is used by subscription " + s.ID + "."}
		}
	}
	c.destinations.remove(d.ID)
	return nil, nil
}

type subscription struct {
	ID              string   `json:"id"`
	Name            string   `json:"name"`
	Description     string   `json:"description"`
	DestinationID   string   `json:"destinationId"`
	EventTypes      []string `json:"eventTypes"`
	IncludeMetadata bool     `json:"includeMetadata"`
	Enabled         bool     `json:"enabled"`
	Status          string   `json:"status"`
	StatusMessage   string   `json:"statusMessage,omitempty"`
}

func (c *Cloud) problemOf(s *subscription) *failure {
	switch {
	case strings.TrimSpace(s.Name) == "":
		return invalid("The name is required.")
	case c.destinations.byID[s.DestinationID] == nil:
		return invalid(fmt.Sprintf("Destination %q does not exist.", s.DestinationID))
	case len(s.EventTypes) == 0:
		return invalid("eventTypes must not be empty.")
	}
	s.Status, s.StatusMessage = disabled, ""
	if s.Enabled {
		s.Status = enabled
	}
	return nil
}

func (c *Cloud) createSubscription(r *http.Request) (any, *failure) {
	s := &subscription{}
	if problem := readJSON(r, s); problem != nil {
		return nil, problem
	}
	if problem := c.problemOf(s); problem != nil {
		return nil, problem
	}
	s.ID = c.subscriptions.add(s)
	return s, nil
}

func (c *Cloud) listSubscriptions(r *http.Request) (any, *failure) {
	return paged(r, c.subscriptions.all())
}

func (c *Cloud) readSubscription(r *http.Request) (any, *failure) {
	s, problem := c.subscriptions.get(r)
	if problem != nil {
		return nil, problem
	}
	return s, nil
}

func (c *Cloud) replaceSubscription(r *http.Request) (any, *failure) {
	old, problem := c.subscriptions.get(r)
	if problem != nil {
		return nil, problem
	}
	s := subscription{}
	if problem := readJSON(r, &s); problem != nil {
		return nil, problem
	}
	if problem := c.problemOf(&s); problem != nil {
		return nil, problem
	}
	s.ID = old.ID
	*old = s
	return old, nil
}

func (c *Cloud) deleteSubscription(r *http.Request) (any, *failure) {
	s, problem := c.subscriptions.get(r)
	if problem != nil {
		return nil, problem
	}
	c.subscriptions.remove(s.ID)
	return nil, nil
}
