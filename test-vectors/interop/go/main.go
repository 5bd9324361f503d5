// Command check reads a log of ours as the Go checksum database's client reads its own: `check CASE.json`.
//
// The case names the log's URL and vkey, its witnesses' vkeys, and a checkpoint of before. It prints a line for each
// check, `ok   …` or `FAIL …`.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Case is what the test hands over.
type Case struct {
	URL       string   `json:"url"`
	Log       string   `json:"log"`
	Witnesses []string `json:"witnesses"`
	Quorum    int      `json:"quorum"`
	Before    string   `json:"before"`
	// HeadKeys has ML-DSA-44 keys in base64, by the number of the chain whose heads they sign.
	HeadKeys map[string]string `json:"head_keys"`
}

func main() {
	var c Case
	text, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil {
		fmt.Println("FAIL go: the case:", err)
		os.Exit(1)
	}
	if err := c.run(); err != nil {
		fmt.Println("FAIL go sumdb:", err)
		os.Exit(1)
	}
}

func (c Case) run() error {
	log, err := note.NewVerifier(c.Log)
	if err != nil {
		return err
	}
	files := Files{c.URL, nil}

	// 1. The checkpoint, and one of before.
	text, err := files.get("/checkpoint")
	if err != nil {
		return err
	}
	now, err := open(text, log)
	if err != nil {
		return err
	}
	report("the checkpoint", true)
	before, err := open([]byte(c.Before), log)
	if err != nil {
		return err
	}
	altered := append([]byte(nil), text...)
	altered[len(log.Name())+1] ^= 1
	_, err = open(altered, log)
	report("an altered checkpoint is refused", err != nil)

	// 2. The cosignatures, of both kinds.
	for path, kind := range map[string]byte{"/checkpoint": ed25519Kind, "/checkpoint-post-quantum": mlDSA44Kind} {
		text, err := files.get(path)
		if err != nil {
			return err
		}
		count, err := cosigners(text, log, c.Witnesses, kind)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		report(fmt.Sprintf("a quorum of cosignatures of kind %d", kind), count >= c.Quorum)
	}

	// 3. The signed heads.
	count, err := signedHeads(&files, c.HeadKeys, false)
	if err != nil {
		return fmt.Errorf("/heads: %w", err)
	}
	report("heads signed with ML-DSA-44", count == len(c.HeadKeys))
	_, err = signedHeads(&files, c.HeadKeys, true)
	report("altered heads are refused", err != nil)

	// 4. Entries, from tiles that the client checks against the root as it reads them.
	hashes := tlog.TileHashReader(now, &files)
	for _, at := range []int64{0, 1, 255, 256, before.N - 1, before.N, now.N / 2, now.N - 1} {
		if err := included(now, at, &files, hashes); err != nil {
			return fmt.Errorf("entry %d: %w", at, err)
		}
	}
	report("inclusion of eight entries", true)

	// 5. The tree only grew.
	proof, err := tlog.ProveTree(now.N, before.N, hashes)
	if err == nil {
		err = tlog.CheckTree(proof, now.N, now.Hash, before.N, before.Hash)
	}
	report("consistency with the checkpoint of before", err == nil)

	// 6. The same with one bit of a tile flipped on the way.
	spoilt := Files{c.URL, func(data []byte) { data[17] ^= 1 }}
	_, err = tlog.ProveRecord(now.N, 3, tlog.TileHashReader(now, &spoilt))
	report("an altered tile is refused", err != nil)
	return nil
}

func included(tree tlog.Tree, at int64, files *Files, hashes tlog.HashReader) error {
	entry, err := files.entry(tree.N, at)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveRecord(tree.N, at, hashes)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, at, tlog.RecordHash(entry))
}

func report(what string, holds bool) {
	outcome := "ok  "
	if !holds {
		outcome = "FAIL"
	}
	fmt.Printf("%s go sumdb: %s\n", outcome, what)
}
