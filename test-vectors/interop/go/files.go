package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Files reads a log's files over HTTP (C2SP tlog-tiles).
type Files struct {
	url   string
	spoil func([]byte)
}

func (f *Files) get(path string) ([]byte, error) {
	response, err := http.Get(f.url + path)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, 1<<20))
}

// path is a tile's by tlog-tiles, which leaves out the height of the checksum database.
func path(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), "tile/8/")
	return "/tile/" + strings.Replace(path, "data/", "entries/", 1)
}

// Height is that of tlog-tiles.
func (f *Files) Height() int { return 8 }

// ReadTiles fetches tiles, which the caller checks.
func (f *Files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := f.get(path(tile))
		if err != nil {
			return nil, err
		}
		if f.spoil != nil {
			f.spoil(data)
		}
		all = append(all, data)
	}
	return all, nil
}

// SaveTiles keeps nothing.
func (f *Files) SaveTiles([]tlog.Tile, [][]byte) {}

// entry reads one entry of a tree of this size from its bundle.
func (f *Files) entry(size, at int64) ([]byte, error) {
	tile := tlog.Tile{H: 8, L: -1, N: at / 256, W: int(min(256, size-at/256*256))}
	bundle, err := f.get(path(tile))
	if err != nil {
		return nil, err
	}
	for skip := at % 256; ; skip-- {
		if len(bundle) < 2 {
			return nil, errors.New("the bundle ends early")
		}
		length := int(binary.BigEndian.Uint16(bundle))
		if len(bundle) < 2+length {
			return nil, errors.New("the bundle ends early")
		}
		if skip == 0 {
			return bundle[2 : 2+length], nil
		}
		bundle = bundle[2+length:]
	}
}
