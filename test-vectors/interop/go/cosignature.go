package main

import (
	"crypto/ed25519"
	"crypto/mldsa"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Signature types (C2SP tlog-cosignature).
const (
	ed25519Kind byte = 4
	mlDSA44Kind byte = 6
)

// cosigner is a witness's key, as the package note asks for one.
type cosigner struct {
	name string
	id   uint32
	kind byte
	key  []byte
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.id }

// Verify checks a timestamped signature over the text of a checkpoint.
func (c cosigner) Verify(text, signature []byte) bool {
	if len(signature) < 8 {
		return false
	}
	time, signature := binary.BigEndian.Uint64(signature), signature[8:]
	if c.kind == ed25519Kind {
		message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, text)
		return ed25519.Verify(c.key, []byte(message), signature)
	}
	key, err := mldsa.NewPublicKey(mldsa.MLDSA44(), c.key)
	if err != nil {
		return false
	}
	message, err := subtree(c.name, time, string(text))
	return err == nil && mldsa.Verify(key, message, signature, nil) == nil
}

// subtree is what ML-DSA-44 signs of a checkpoint.
func subtree(name string, time uint64, text string) ([]byte, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 3 {
		return nil, errors.New("not a checkpoint")
	}
	size, err := strconv.ParseUint(lines[1], 10, 64)
	if err != nil {
		return nil, err
	}
	root, err := tlog.ParseHash(lines[2])
	message := []byte("subtree/v1\n\x00")
	message = append(append(message, byte(len(name))), name...)
	message = binary.BigEndian.AppendUint64(message, time)
	message = append(append(message, byte(len(lines[0]))), lines[0]...)
	message = binary.BigEndian.AppendUint64(message, 0)
	message = binary.BigEndian.AppendUint64(message, size)
	return append(message, root[:]...), err
}

// cosigners counts the witnesses of a kind whose cosignature holds; one that does not is an error.
func cosigners(text []byte, log note.Verifier, vkeys []string, kind byte) (int, error) {
	known := []note.Verifier{log}
	for _, vkey := range vkeys {
		parts := strings.SplitN(vkey, "+", 3)
		id, err := strconv.ParseUint(parts[1], 16, 32)
		if err != nil {
			return 0, err
		}
		key, err := base64.StdEncoding.DecodeString(parts[2])
		if err != nil {
			return 0, err
		}
		if key[0] == kind {
			known = append(known, cosigner{parts[0], uint32(id), kind, key[1:]})
		}
	}
	opened, err := note.Open(text, note.VerifierList(known...))
	if err != nil {
		return 0, err
	}
	return len(opened.Sigs) - 1, nil
}
