"""A phone's key store in place of one: keys on P-256 that sign in DER and never leave it. Slow, and for tests alone."""

import hashlib
import secrets

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


class KeyStore:
    """Keys by their handles."""

    def __init__(self):
        self._scalars = {}

    def make(self, scalar=None):
        """Makes a key, or takes one that a test vector has; gives its handle and its public point (X9.63)."""
        handle = secrets.token_bytes(16)
        self._scalars[handle] = scalar or 1 + secrets.randbelow(N - 1)
        return handle, uncompressed(multiply(self._scalars[handle], G))

    def sign(self, handle, message):
        """ECDSA with SHA-256, in DER."""
        scalar = self._scalars[handle]
        digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
        while True:
            k = 1 + secrets.randbelow(N - 1)
            r = multiply(k, G)[0] % N
            s = pow(k, -1, N) * (digest + r * scalar) % N
            if r and s:
                return der(r, s)

    def destroy(self, handle):
        del self._scalars[handle]

    def __len__(self):
        return len(self._scalars)


def add(one, other):
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, P) if one == other else (y2 - y1) * pow(x2 - x1, -1, P)
    x = (slope * slope - x1 - x2) % P
    return x, (slope * (x1 - x) - y1) % P


def multiply(scalar, point):
    product = None
    while scalar:
        if scalar & 1:
            product = add(product, point)
        point = add(point, point)
        scalar >>= 1
    return product


def decompressed(point):
    """The coordinates of a compressed point."""
    x = int.from_bytes(point[1:], "big")
    y = pow(x**3 - 3 * x + B, (P + 1) // 4, P)
    return x, y if y % 2 == point[0] % 2 else P - y


def uncompressed(point):
    return b"\x04" + b"".join(part.to_bytes(32, "big") for part in point)


def der(r, s):
    def integer(value):
        return b"\x02" + bytes([value.bit_length() // 8 + 1]) + value.to_bytes(value.bit_length() // 8 + 1, "big")

    both = integer(r) + integer(s)
    return b"\x30" + bytes([len(both)]) + both
