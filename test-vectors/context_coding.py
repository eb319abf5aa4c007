#!/usr/bin/env python3
"""A second implementation of context coding (docs/format.md, section 3, "Context"), written from that text with
Python's standard library only. It shares no code with the package.

  context_coding.py                 writes its vectors: context-coding/valid/*.json and context-coding/invalid/*.json
  context_coding.py --check [DIR..] decodes and encodes every vector of the folders: the values must be those that the JSON
                                    says; without DIR those of context-coding/, where invalid ones end in the code of their name
"""

import json
import random
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent / "context-coding"
KNOTS = [int(number) for number in """
32768 36843 40793 44511 47911 50941 53581 55834 57724 59287 60565 61598 62428
63090 63615 64030 64357 64614 64816 64974 65097 65194 65269 65328 65374 65410
65438 65459 65476 65489 65500 65508 65514 65519 65523 65526 65528 65530 65531
65532 65533 65534 65534 65535 65535 65535 65535 65535 65536""".split()]  # fmt: skip
SUMS = [1, 3, 5, 7, 10, 14, 20]


class FormatError(Exception):
    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code


def need(condition, code, message):
    if not condition:
        raise FormatError(code, message)


# --- Coder: the encoder keeps the whole fraction as one number, so that it knows no carries --------------------------


class Encoder:
    def __init__(self):
        self.low, self.range, self.digits = 0, 2**48 - 1, 48

    def code(self, bit, p):
        bound = (self.range >> 16) * p
        if bit:
            self.range = bound
        else:
            self.low += bound
            self.range -= bound
        if self.range < 2**32:
            self.low <<= 16
            self.range <<= 16
            self.digits += 16
        return bit

    def finish(self):
        zeros = 0
        while -(-self.low >> zeros + 1) << zeros + 1 < self.low + self.range and zeros < self.digits:
            zeros += 1
        number = -(-self.low >> zeros) << zeros
        return number.to_bytes(self.digits // 8, "big").rstrip(b"\0")


class Decoder:
    def __init__(self, data):
        self.data, self.at, self.range = data, 6, 2**48 - 1
        self.within = self.window()

    def window(self):
        return int.from_bytes(self.data[self.at - 6 : self.at].ljust(6, b"\0"), "big")

    def code(self, _bit, p):
        bound = (self.range >> 16) * p
        bit = int(self.within < bound)
        if bit:
            self.range = bound
        else:
            self.within -= bound
            self.range -= bound
        if self.range < 2**32:
            self.range <<= 16
            self.within = self.within << 16 | int.from_bytes(self.data[self.at : self.at + 2].ljust(2, b"\0"), "big")
            self.at += 2
        return bit


# --- Model ------------------------------------------------------------------------------------------------------------


def squash(x):
    if x < 0:
        return max(1, min(65535, 65536 - interpolated(-x)))
    return max(1, min(65535, interpolated(x)))


def interpolated(x):
    i, f = x // 64, x % 64
    return KNOTS[i] + ((KNOTS[min(i + 1, 48)] - KNOTS[i]) * f >> 6)


STRETCH = []
for step in range(4096):
    x = STRETCH[-1] if STRETCH else -3072
    while squash(x) < 16 * step + 8:
        x += 1
    STRETCH.append(x)


class State:
    def __init__(self, p, n):
        self.q, self.n = 64 * p, n

    def p(self):
        return max(16, min(65520, self.q // 64))

    def learn(self, bit, limit=1000):
        self.q += (((bit << 22) - self.q >> 3) * (16384 // (2 * self.n + 3))) >> 10
        self.n += self.n < limit

    def code(self, coder, bit, limit=1000):
        bit = coder.code(bit, self.p())
        self.learn(bit, limit)
        return bit

    def logit(self):
        return STRETCH[self.q >> 10]


def density_byte(weights, elements):
    p = 65536 * weights // elements
    return next((d for d in range(255) if squash(24 * (d - 128)) >= p), 255)


def sign(value):
    return 0 if value == 0 else 1 if value < 0 else 2


def size(value):
    return 0 if value == 0 else min(8, 1 + abs(value).bit_length())


def code_line_map(coder, live, distance, all_live):
    if coder.code(all_live, 32768):
        return [1] * len(live)
    states = [State(32768, 1) for _ in range(8)]
    found = []
    for i, bit in enumerate(live):
        before = found[i - 1] if i > 0 else 0
        two_before = found[i - 2] if i > 1 else 0
        far = found[i - distance] if distance and i >= distance else 0
        found.append(states[before + 2 * two_before + 4 * far].code(coder, bit, 255))
    return found


class Model:
    def __init__(self, matrix, density):
        self.h, self.w = matrix["grid"] or (1, 1)
        self.columns, self.greatest = matrix["columns"], (-matrix["lowest"], matrix["highest"])
        self.logit = 24 * (density - 128)
        self.fresh = squash(self.logit)
        self.column_states = [State(self.fresh, 6) for _ in range(self.columns)]
        self.column_last = [0] * self.columns
        self.significance = [[State(squash(64 * (b - 32) + 32), 12) for _ in range(16)] for b in range(64)]
        self.signs = [State(32768, 2) for _ in range(162)]
        self.parents, self.children, self.mantissas = {}, {}, {}

    def neighbours(self, rows, r, k):
        row, places = rows[r], self.h * self.w
        if places == 1:
            above = rows[r - 1][k] if r > 0 else 0
            return row[k - 1] if k > 0 else 0, above, row[k - 2] if k > 1 else 0, 0
        x, y = k % self.w, k % places // self.w
        left = row[k - 1] if x > 0 else 0
        above = row[k - self.w] if y > 0 else 0
        if self.w > 7:
            return left, above, row[k - self.w + 1] if y > 0 and x < self.w - 1 else 0, 0
        if 2 * x > self.w - 1:
            return left, above, row[k - x + self.w - 1 - x], 1
        return left, above, row[k - places] if k >= places else 0, 0

    def code_row(self, coder, rows, r, live_columns):
        row, state, last = rows[r], State(self.fresh, 6), 0
        for k in live_columns:
            value, row[k] = row[k], 0
            a, b, c, mirrored = self.neighbours(rows, r, k)
            bucket = (state.logit() + self.column_states[k].logit() - self.logit >> 6) + 32
            context = (a != 0) + 2 * (b != 0) + 4 * (c != 0) + 8 * mirrored
            found = self.significance[max(0, min(63, bucket))][context].code(coder, int(value != 0))
            state.learn(found)
            self.column_states[k].learn(found)
            if not found:
                continue
            positive = self.code_sign(coder, value, last, k, (a, b, c, mirrored))
            total = size(a) + size(b) + (1 + mirrored) * size(c)
            magnitude = self.code_magnitude(coder, abs(value), positive, sum(total >= least for least in SUMS))
            last = self.column_last[k] = row[k] = magnitude if positive else -magnitude
        return last != 0

    def code_sign(self, coder, value, last, k, neighbours):
        if 0 in self.greatest:
            return int(self.greatest[0] == 0)
        a, b, c, mirrored = neighbours
        context = 3 * sign(last) + sign(self.column_last[k])
        if self.h * self.w > 1:
            context = 81 * mirrored + 27 * sign(a) + 9 * sign(b) + 3 * sign(c) + sign(self.column_last[k])
        return self.signs[context].code(coder, int(value > 0))

    def code_magnitude(self, coder, magnitude, positive, near):
        greatest, e = self.greatest[positive], 0
        while 2 ** (e + 1) <= greatest:
            parent = self.parents.setdefault((positive, e), State(32768, 0))
            child = self.children.get((positive, e, near))
            if child is None:
                child = self.children[positive, e, near] = State(0, 4)
                child.q = parent.q
            bit = child.code(coder, int(magnitude.bit_length() > e + 1))
            parent.learn(bit)
            if not bit:
                break
            e += 1
        t = 1
        for i in reversed(range(e)):
            bit = 0
            if (2 * t + 1) << i <= greatest:
                context = (positive, e, "t", t) if t < 64 else (positive, e, "i", i)
                bit = self.mantissas.setdefault(context, State(32768, 1)).code(coder, magnitude >> i & 1)
            t = 2 * t + bit
        return t


def map_distance(matrix):
    h, w = matrix["grid"] or (1, 1)
    return 0 if h * w == 1 else h * w if w <= 7 else w


# --- Streams ----------------------------------------------------------------------------------------------------------


def rows_of(matrix):
    width = matrix["columns"]
    return [matrix["values"][r * width : (r + 1) * width] for r in range(matrix["rows"])]


def encode(matrix, lie=None):
    """`lie`: what an invalid stream says otherwise: its density, that lines are live, or no flag that all are."""
    rows, lie = rows_of(matrix), lie or {}
    live_rows = lie.get("rows") or [int(any(row)) for row in rows]
    live_columns = lie.get("columns") or [int(any(row[k] for row in rows)) for k in range(matrix["columns"])]
    if not any(live_rows):
        return b""
    coder = Encoder()
    code_line_map(coder, live_rows, 0, int(all(live_rows) and "flag" not in lie))
    code_line_map(coder, live_columns, map_distance(matrix), int(all(live_columns)))
    weights = sum(value != 0 for value in matrix["values"])
    density = lie.get("density", density_byte(weights, sum(live_rows) * sum(live_columns)))
    model = Model(matrix, density)
    for r, live in enumerate(live_rows):
        if live:
            model.code_row(coder, rows, r, [k for k, is_live in enumerate(live_columns) if is_live])
    return bytes([density]) + coder.finish()


def decode(data, matrix):
    rows = [[0] * matrix["columns"] for _ in range(matrix["rows"])]
    if not data:
        return [value for row in rows for value in row]
    some = matrix["rows"] * matrix["columns"] > 0 and matrix["lowest"] < matrix["highest"]
    need(some, "trailing-data", "bytes where all is zero")
    coder = Decoder(data[1:])
    live = []
    for count, distance in ((matrix["rows"], 0), (matrix["columns"], map_distance(matrix))):
        found = code_line_map(coder, [0] * count, distance, 0)
        live.append([i for i, is_live in enumerate(found) if is_live])
    elements = len(live[0]) * len(live[1])
    need(elements <= 64 * len(data) + matrix.get("free", 65536), "limit-exceeded", f"{elements} elements in {len(data)} bytes")
    model = Model(matrix, data[0])
    for r in live[0]:
        need(model.code_row(coder, rows, r, live[1]), "not-canonical", "a live row without a weight")
    need(len(data) - 1 <= coder.at, "trailing-data", "bytes behind")
    values = [value for row in rows for value in row]
    need(encode({**matrix, "values": values}) == data, "not-canonical", "another encoding of the same")
    return values


# --- Vectors ----------------------------------------------------------------------------------------------------------


def matrix_of(rows, columns, lowest, highest, density, grid=None, seed=1):
    """`density`: a function of row and column."""
    rng = random.Random(seed)

    def drawn():
        rank = rng.choice([n for n in (-1, 1) if (lowest, 0, highest)[n + 1] != 0])
        most = -lowest if rank < 0 else highest
        return rank * (1 + int(most * rng.random() ** 3))

    values = [drawn() if rng.random() < density(r, k) else 0 for r in range(rows) for k in range(columns)]
    limits = {"lowest": lowest, "highest": highest}
    return {"rows": rows, "columns": columns, "grid": grid, **limits, "values": values}


def valid_vectors():
    yield "zeros", matrix_of(3, 5, -2, 2, lambda r, k: 0)
    yield "one", matrix_of(1, 1, 0, 1, lambda r, k: 1)
    yield "ones", matrix_of(4, 6, 0, 1, lambda r, k: 1)
    yield "negative", matrix_of(9, 14, -40, 0, lambda r, k: 0.4)
    yield "sparse", matrix_of(40, 30, -8, 8, lambda r, k: 0.25 / (1 + k % 7))
    yield "empty-lines", matrix_of(30, 50, -3, 4, lambda r, k: 0.2 if r % 3 and k % 5 else 0)
    yield "kernels-of-3-x-3", matrix_of(12, 90, -15, 15, lambda r, k: 0.5 if k % 9 < 6 else 0.1, [3, 3])
    yield "kernels-of-7-x-1", matrix_of(5, 42, -7, 7, lambda r, k: 0.6, [1, 7])
    yield "kernels-of-1-x-4", matrix_of(5, 24, -7, 7, lambda r, k: 0.6, [4, 1])
    yield "image-of-9-x-8", matrix_of(10, 72, -15, 15, lambda r, k: 0.4 if 2 < k % 9 < 7 else 0.05, [8, 9])
    yield "two-images", matrix_of(6, 128, -3, 3, lambda r, k: 0.3 if k % 64 > 20 else 0, [8, 8])
    yield "greatest-ranks", matrix_of(20, 20, -32767, 32767, lambda r, k: 0.9)
    yield "ranks-beside-a-power", matrix_of(20, 20, -64, 127, lambda r, k: 0.9)
    yield "long-counts", matrix_of(150, 20, -1, 2, lambda r, k: 0.9 - 0.8 * (r % 2))


def invalid_vectors():
    matrix = matrix_of(6, 8, -5, 5, lambda r, k: 0.5, seed=3)
    data = encode(matrix)
    yield "byte-behind.trailing-data", matrix, data.ljust(40, b"\1")
    yield "zero-behind.not-canonical", matrix, data + b"\0"
    yield "another-end.not-canonical", matrix, data[:-1] + bytes([data[-1] ^ 1])
    yield "another-density.not-canonical", matrix, encode(matrix, {"density": data[0] + 1})
    yield "no-flag-of-live-lines.not-canonical", matrix, encode(matrix, {"flag": 0})
    sparse = {**matrix, "values": [0] * 8 + matrix["values"][8:]}
    yield "row-without-weights.not-canonical", matrix, encode(sparse, {"rows": [1] * 6})
    narrow = {**matrix, "values": [0 if i % 8 == 7 else value for i, value in enumerate(matrix["values"])]}
    yield "column-without-weights.not-canonical", matrix, encode(narrow, {"columns": [1] * 8})
    yield "bytes-of-no-rank.trailing-data", {**matrix, "lowest": 0, "highest": 0}, data
    yield "bytes-of-no-row.trailing-data", {**matrix, "rows": 0}, data
    yield "bytes-of-zeros.not-canonical", matrix, b"\x80\xff\xff\xff\xff\xff\xff"
    yield "many-elements.limit-exceeded", {**matrix, "rows": 256, "columns": 258}, b"\x80\x20\0\0\0\0\1"


def write():
    for kind in ("valid", "invalid"):
        folder = HERE / kind
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.json"):
            old.unlink()
    for name, matrix in valid_vectors():
        save(HERE / "valid" / f"{name}.json", {**matrix, "bytes": encode(matrix).hex()})
    for name, matrix, data in invalid_vectors():
        known = {key: value for key, value in matrix.items() if key != "values"}
        save(HERE / "invalid" / f"{name}.json", {**known, "bytes": data.hex()})


def save(path, record):
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")


def check(folders):
    failures = count = 0
    for path in sorted(path for folder in folders for path in folder.glob("*.json")):
        count += 1
        record = json.loads(path.read_text("utf-8"))
        expected = record["values"] if "values" in record else path.name.split(".")[-2]
        try:
            got = decode(bytes.fromhex(record["bytes"]), record)
        except FormatError as error:
            got = error.code
        if got != expected:
            failures += 1
            print(f"{path.name}: expected {str(expected)[:200]}, got {str(got)[:200]}")
    print(f"{count} streams, {failures} wrong")
    return 1 if failures or not count else 0


if __name__ == "__main__":
    if not sys.argv[1:]:
        write()
    elif sys.argv[1] == "--check":
        sys.exit(check([Path(folder) for folder in sys.argv[2:]] or [HERE / "valid", HERE / "invalid"]))
    else:
        sys.exit(__doc__)
