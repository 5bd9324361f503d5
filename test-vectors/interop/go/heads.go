package main

import (
	"crypto/mldsa"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
)

// signedHeads verifies every head that the log serves (schemas/spec/head.md), after a bit of each payload was flipped if
// asked to. Written from the page: COSE by hand, and the signature by the standard library.
func signedHeads(files *Files, keys map[string]string, spoil bool) (int, error) {
	data, err := files.get("/heads")
	if err != nil {
		return 0, err
	}
	kind, count, data, err := item(data)
	if err != nil || kind != 4 {
		return 0, errors.New("not a list")
	}
	for range count {
		var head []byte
		if head, data, err = bytes(data); err != nil {
			return 0, err
		}
		if err := verifyHead(head, keys, spoil); err != nil {
			return 0, err
		}
	}
	return int(count), nil
}

func verifyHead(head []byte, keys map[string]string, spoil bool) error {
	// Tag 18, an array of four.
	if len(head) < 2 || head[0] != 0xd2 || head[1] != 0x84 {
		return errors.New("not a COSE_Sign1")
	}
	protected, rest, err := bytes(head[2:])
	if err != nil {
		return err
	}
	const expected = "\xa2\x01\x38\x2f\x10\x78\x1capplication/attest-head+cose"
	if string(protected) != expected || len(rest) == 0 || rest[0] != 0xa0 {
		return errors.New("other headers")
	}
	payload, rest, err := bytes(rest[1:])
	if err != nil {
		return err
	}
	signature, _, err := bytes(rest)
	if err != nil {
		return err
	}
	// The chain is the second field of the map.
	_, _, fields, err := item(payload)
	for range 3 {
		if err == nil {
			_, _, fields, err = item(fields)
		}
	}
	if err != nil {
		return err
	}
	_, chain, _, err := item(fields)
	if err != nil {
		return err
	}
	encoded, err := base64.StdEncoding.DecodeString(keys[fmt.Sprint(chain)])
	if err != nil {
		return err
	}
	key, err := mldsa.NewPublicKey(mldsa.MLDSA44(), encoded)
	if err != nil {
		return err
	}
	if spoil {
		payload = append([]byte(nil), payload...)
		payload[len(payload)-1] ^= 1
	}
	// RFC 9052 section 4.4.
	message := append([]byte("\x84\x6aSignature1"), encode(protected)...)
	message = append(append(message, 0x40), encode(payload)...)
	return mldsa.Verify(key, message, signature, nil)
}

// item reads the head of a CBOR item: its major type and argument.
func item(data []byte) (kind byte, argument uint64, rest []byte, err error) {
	short := errors.New("cut off")
	if len(data) == 0 {
		return 0, 0, nil, short
	}
	kind, low, data := data[0]>>5, data[0]&31, data[1:]
	if low < 24 {
		return kind, uint64(low), data, nil
	}
	length := 1 << (low - 24)
	if low > 27 || len(data) < length {
		return 0, 0, nil, short
	}
	padded := make([]byte, 8)
	copy(padded[8-length:], data[:length])
	return kind, binary.BigEndian.Uint64(padded), data[length:], nil
}

// bytes reads a byte string.
func bytes(data []byte) (value, rest []byte, err error) {
	kind, length, rest, err := item(data)
	if err != nil || kind != 2 || uint64(len(rest)) < length {
		return nil, nil, errors.New("not a byte string")
	}
	return rest[:length], rest[length:], nil
}

// encode writes a byte string of less than 256 bytes.
func encode(value []byte) []byte {
	if len(value) < 24 {
		return append([]byte{0x40 | byte(len(value))}, value...)
	}
	return append([]byte{0x58, byte(len(value))}, value...)
}
