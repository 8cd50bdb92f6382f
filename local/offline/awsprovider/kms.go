package awsprovider

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// KMS's limits: https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html and API_CreateAlias.html
const (
	minDeletionWindow = 7
	maxDeletionWindow = 30
	maxKeyDescription = 8192
	maxKeyAlias       = 256
	minRotation       = 90
	maxRotation       = 2560
	kmsNotFound       = "NotFoundException"
	keyPolicyName     = "default"
)

func kmsTypes() []*resourceType { return []*resourceType{key(), keyAlias()} }

func key() *resourceType {
	return &resourceType{
		token: "aws:kms/key:Key",
		inputs: properties{
			"deletionWindowInDays": integer(fallback(30.0), must(between(minDeletionWindow, maxDeletionWindow))),
			"description":          str(computed, must(atMost(maxKeyDescription))),
			"enableKeyRotation":    boolean(fallback(false)),
			"isEnabled":            boolean(fallback(true)),
			"policy":               policy(computed, must(principals)),
			"rotationPeriodInDays": integer(computed, must(between(minRotation, maxRotation))),
			"tags":                 tags(),
		},
		outputs: []string{"arn", "keyId"},
		rules: []func(args) *problem{func(in args) *problem {
			if in.known("rotationPeriodInDays") && in["enableKeyRotation"] == false {
				return &problem{"rotationPeriodInDays", "rotationPeriodInDays needs enableKeyRotation"}
			}
			return nil
		}},
		create: createKey, read: readKey, update: updateKey,
		remove: func(ctx context.Context, c *cloud, id string, prior args) error {
			_, err := c.kms().ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{
				KeyId: &id, PendingWindowInDays: prior.int32p("deletionWindowInDays"),
			})
			if hasCode(err, "KMSInvalidStateException") && strings.Contains(err.Error(), "pending deletion") {
				return nil
			}
			return gone(err, "scheduling the deletion of key "+id, kmsNotFound)
		},
	}
}

func keyTag(k, v string) types.Tag { return types.Tag{TagKey: &k, TagValue: &v} }

func createKey(ctx context.Context, c *cloud, in args) (string, error) {
	var id string
	request := &kms.CreateKeyInput{Description: in.strp("description"), Tags: tagList(in.stringMap("tags"), keyTag)}
	if in.has("policy") {
		request.Policy = aws.String(in.document("policy"))
	}
	// A role that the policy names may not be known to KMS yet.
	err := eventually(ctx, "the principals of a key policy", keyPrincipalUnknown, func() error {
		out, err := c.kms().CreateKey(ctx, request)
		if err == nil {
			id = aws.ToString(out.KeyMetadata.KeyId)
		}
		return err
	})
	if err != nil {
		return "", wrap(err, "creating a key")
	}
	start := args{"enableKeyRotation": false, "isEnabled": true, "policy": in["policy"], "description": in["description"], "tags": in["tags"]}
	return id, updateKey(ctx, c, id, start, in)
}

func keyPrincipalUnknown(err error) bool {
	return hasCode(err, "MalformedPolicyDocumentException") && strings.Contains(err.Error(), "invalid principals")
}

func readKey(ctx context.Context, c *cloud, id string, _ args) (args, error) {
	out, err := c.kms().DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &id})
	if err != nil {
		return nil, gone(err, "reading key "+id, kmsNotFound)
	}
	k := out.KeyMetadata
	if k.KeyState == types.KeyStatePendingDeletion {
		return nil, errNotFound
	}
	doc, err := c.kms().GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: &id, PolicyName: aws.String(keyPolicyName)})
	if err != nil {
		return nil, gone(err, "reading the policy of key "+id, kmsNotFound)
	}
	rotation, err := c.kms().GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: &id})
	if err != nil {
		return nil, gone(err, "reading the rotation of key "+id, kmsNotFound)
	}
	tagged, err := c.kms().ListResourceTags(ctx, &kms.ListResourceTagsInput{KeyId: &id})
	if err != nil {
		return nil, gone(err, "reading the tags of key "+id, kmsNotFound)
	}
	return args{
		"arn": aws.ToString(k.Arn), "keyId": aws.ToString(k.KeyId), "description": optional(k.Description),
		"isEnabled": k.Enabled, "policy": optional(doc.Policy), "enableKeyRotation": rotation.KeyRotationEnabled,
		"rotationPeriodInDays": optional(rotation.RotationPeriodInDays),
		"tags":                 tagMap(tagged.Tags, func(t types.Tag) (*string, *string) { return t.TagKey, t.TagValue }),
	}, nil
}

func updateKey(ctx context.Context, c *cloud, id string, old, next args) error {
	doing := "updating key " + id
	if next["isEnabled"] == true && old["isEnabled"] != true { // a disabled key takes no other change
		if _, err := c.kms().EnableKey(ctx, &kms.EnableKeyInput{KeyId: &id}); err != nil {
			return wrap(err, doing)
		}
	}
	if old["enableKeyRotation"] != next["enableKeyRotation"] || old["rotationPeriodInDays"] != next["rotationPeriodInDays"] {
		var err error
		if next.boolean("enableKeyRotation") {
			_, err = c.kms().EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: &id, RotationPeriodInDays: next.int32p("rotationPeriodInDays")})
		} else {
			_, err = c.kms().DisableKeyRotation(ctx, &kms.DisableKeyRotationInput{KeyId: &id})
		}
		if err != nil {
			return wrap(err, doing)
		}
	}
	if old["description"] != next["description"] && next.has("description") {
		if _, err := c.kms().UpdateKeyDescription(ctx, &kms.UpdateKeyDescriptionInput{KeyId: &id, Description: next.strp("description")}); err != nil {
			return wrap(err, doing)
		}
	}
	if next.has("policy") && !samePolicy(old.document("policy"), next.document("policy")) {
		err := eventually(ctx, "the principals of the policy of key "+id, keyPrincipalUnknown, func() error {
			_, err := c.kms().PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{
				KeyId: &id, PolicyName: aws.String(keyPolicyName), Policy: aws.String(next.document("policy")),
			})
			return err
		})
		if err != nil {
			return wrap(err, doing)
		}
	}
	if next["isEnabled"] == false && old["isEnabled"] != false {
		if _, err := c.kms().DisableKey(ctx, &kms.DisableKeyInput{KeyId: &id}); err != nil {
			return wrap(err, doing)
		}
	}
	set, removed := tagChanges(old, next)
	if len(removed) > 0 {
		if _, err := c.kms().UntagResource(ctx, &kms.UntagResourceInput{KeyId: &id, TagKeys: removed}); err != nil {
			return wrap(err, doing)
		}
	}
	if len(set) > 0 {
		if _, err := c.kms().TagResource(ctx, &kms.TagResourceInput{KeyId: &id, Tags: tagList(set, keyTag)}); err != nil {
			return wrap(err, doing)
		}
	}
	return nil
}

func keyAlias() *resourceType {
	return &resourceType{
		token: "aws:kms/alias:Alias",
		inputs: properties{
			"name":        str(identity, must(named(maxKeyAlias, `[a-zA-Z0-9/_-]`), aliasPrefix)),
			"targetKeyId": str(required),
		},
		outputs: []string{"arn", "targetKeyArn"},
		changes: func(args, args) []string { return []string{"targetKeyArn"} },
		create: func(ctx context.Context, c *cloud, in args) (string, error) {
			_, err := c.kms().CreateAlias(ctx, &kms.CreateAliasInput{AliasName: in.strp("name"), TargetKeyId: in.strp("targetKeyId")})
			if err != nil {
				return "", wrap(err, "creating key alias "+in.str("name"))
			}
			return in.str("name"), nil
		},
		read: readKeyAlias,
		update: func(ctx context.Context, c *cloud, id string, _, next args) error {
			_, err := c.kms().UpdateAlias(ctx, &kms.UpdateAliasInput{AliasName: &id, TargetKeyId: next.strp("targetKeyId")})
			return wrap(err, "updating key alias "+id)
		},
		remove: func(ctx context.Context, c *cloud, id string, _ args) error {
			_, err := c.kms().DeleteAlias(ctx, &kms.DeleteAliasInput{AliasName: &id})
			return gone(err, "deleting key alias "+id, kmsNotFound)
		},
	}
}

func aliasPrefix(v any) error {
	s, _ := v.(string)
	if !strings.HasPrefix(s, "alias/") || strings.HasPrefix(s, "alias/aws/") {
		return fmt.Errorf("name %q must begin with \"alias/\", and must not begin with \"alias/aws/\"", s)
	}
	return nil
}

func readKeyAlias(ctx context.Context, c *cloud, id string, prior args) (args, error) {
	pages := kms.NewListAliasesPaginator(c.kms(), &kms.ListAliasesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, gone(err, "reading key alias "+id, kmsNotFound)
		}
		for _, a := range page.Aliases {
			if aws.ToString(a.AliasName) != id {
				continue
			}
			arn, target := aws.ToString(a.AliasArn), aws.ToString(a.TargetKeyId)
			observed := args{
				"arn": arn, "name": id, "targetKeyId": target, "targetKeyArn": strings.TrimSuffix(arn, id) + "key/" + target,
			}
			if lastSegment(prior.str("targetKeyId")) == target { // a key may be named by its id or by its ARN
				observed["targetKeyId"] = prior["targetKeyId"]
			}
			return observed, nil
		}
	}
	return nil, errNotFound
}

// lastPart and lastSegment are the name at the end of an ARN, after a colon and after a slash.
func lastPart(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }

func lastSegment(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
