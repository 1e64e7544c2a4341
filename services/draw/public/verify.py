#!/usr/bin/env python3
"""核验一次随机抽取：python3 verify.py 凭证 名录 [--officers 人员文件]，只用 Python 3.8+ 标准库。

Checks a `sunlot-draw/1` certificate against its pool, independently of the service that drew:

    verify.py CERT POOL --officers OFFICERS     the whole draw, officers included
    verify.py CERT POOL --company ID            and what became of one firm
    verify.py CERT --company ID                 one firm against the certificate alone
    verify.py CERT POOL --company ID --salt S   masked profile: a firm opens its own row
    verify.py CERT POOL --private POOL MASTER   masked profile: an auditor opens every row
    verify.py CERT POOL --previous CERT …       the editions before this one: nothing but replacements was added
    verify.py CERT POOL --fresh CERT OFFICERS   a fresh draw that took replacements (may be given several times)
    verify.py FRESH POOL --parent CERT          the fresh draw itself, against the draw that it replaces in

MASTER is a file with 64 hexadecimal digits. `--commit SHA256` compares the commitment with one noted before
the draw; `--log-key KEY` (`name+hash+base64`, as the log shows it) checks the signature of the log's checkpoint.
Lists of more than 50 000 drawn firms lie beside the certificate, or are given by `--selected` and `--assignments`.
Exit code: 0 every check passed, 1 a check failed (it is named), 2 a file can't be read.
"""

import argparse
import base64
import calendar
import hashlib
import hmac
import json
import operator
import os
import re
import sys
import time
import unicodedata
from collections import Counter, deque
from itertools import compress
from typing import Any, Dict, List, Optional, Set, Tuple

FORMAT = "sunlot-draw/1"
PAGE_ROWS = 256
COLUMNS = ["id", "county", "industry", "size", "type", "class", "eligible"]
FILTER_COLUMNS = {"county": 0, "industry": 1, "size": 2, "type": 3, "class": 4}
MIN_OFFICERS = 2  # 细则第十条
HEX64 = re.compile(r"[0-9a-f]{64}")
ID = re.compile(r"[0-9A-Z]{8,22}")
ID_LENGTHS, ID_SIGNS, MASK_SIGNS = set(range(8, 23)), re.compile("[0-9A-Z]+"), re.compile("[0-9A-Za-z_-]+")
COUNTY = re.compile("[0-9]{6}")
SCANNED_ROWS = 65_536  # rows that are scanned at once
REFUSED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\\\\\u2028\u2029]")
PASSED, FAILED, SKIPPED = "✓", "✗", "－"
LOGGED = {"log": ("draw-commit", "commit_sha256"), "result_log": ("draw-result", "result_sha256")}
RECEIPT = "reference index leaf_hash tree_size root_hash inclusion checkpoint entry"
KNOWN = {  # every key that a certificate may have, by where it stands
    "": "type commit commit_sha256 seed keys strata selected assignments escalated direct replacements log result_log "
    "result_sha256 edition previous_sha256",
    "commit": "type profile draw_id attempt supersedes authority task policy pool rule strata officers recusals_root "
    "seed_plan result_deadline code replaces",
    "commit.supersedes": "draw_id commit_sha256 reason",
    "commit.pool": "root rows pages page_rows columns as_of excluded",
    "commit.rule": "filter strata",
    "commit.rule.strata": "by ratio min rounding cells",
    "commit.officers": "root count seats method",
    "commit.seed_plan": "parties beacon dice reveal_deadline seal",
    "commit.seed_plan.beacon": "beacon_id chain genesis group_hash period public_key round scheme",
    "commit.code": "name version",
    "commit.replaces": "draw_id certificate_sha256 n without",
    "seed": "txt sha256 beacon",
    "seed.beacon": "signature",
    "log": RECEIPT,
    "result_log": RECEIPT,
    "selected": "file page_rows pages root rows",
    "assignments": "file page_rows pages root rows",
}


class Unreadable(Exception):
    """A file is missing or is not what it should be."""


class Report:
    """Prints every check as it is made and remembers the names of those that failed."""

    def __init__(self) -> None:
        self.failed: List[str] = []
        self.prefix = ""  # before the names of a fresh draw's checks

    def check(self, name: str, chinese: str, problem: str = "") -> bool:
        name = self.prefix + name
        print("{} {} [{}]{}".format(FAILED if problem else PASSED, chinese, name, "：" + problem if problem else ""))
        if problem and name not in self.failed:
            self.failed.append(name)
        return not problem

    def skip(self, name: str, chinese: str, why: str) -> None:
        print("{} {} [{}{}]：{}".format(SKIPPED, chinese, self.prefix, name, why))


class Quiet(Report):
    """Says nothing: for files that are only looked into."""

    def check(self, name: str, chinese: str, problem: str = "") -> bool:  # noqa: ARG002 - as its elder
        return not problem


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def plain_json(value: Any) -> Any:
    """Sort keys as RFC 8785 does (by UTF-16 units); refuse floats and numbers of 2^53 or more."""
    if isinstance(value, dict):
        return {key: plain_json(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    if isinstance(value, list):
        return [plain_json(item) for item in value]
    if isinstance(value, float) or (isinstance(value, int) and abs(value) >= 2**53):
        raise Unreadable("数字 {} 不能规范化".format(value))
    return value


def canonical(value: Any) -> bytes:
    return json.dumps(plain_json(value), ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def digest(value: Any) -> str:
    return sha(canonical(value))


def unique_keys(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    found: Dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Unreadable("重复的键 {}".format(key))
        found[key] = value
    return found


def read_bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Unreadable("{}: {}".format(path, error.strerror)) from error


def parse_json(data: bytes, path: str) -> Any:
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=unique_keys)
    except ValueError as error:
        raise Unreadable("{} 不是 JSON：{}".format(path, error)) from error


def read_json(path: str) -> Any:
    return parse_json(read_bytes(path), path)


def utc(text: str) -> int:
    """Unix seconds of `2026-11-22T01:00:00Z`."""
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def some(names: Any) -> str:
    return "、".join(list(names)[:5])


# --- RFC 9162 tree -----------------------------------------------------------------------------------------


def merkle_root(leaves: List[bytes]) -> bytes:
    """Fold level by level; an odd last node moves up unchanged, which is the same tree."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = leaves
    while len(level) > 1:
        pairs = [hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        level = pairs + ([level[-1]] if len(level) % 2 else [])
    return level[0]


def included(leaf: bytes, index: int, size: int, path: List[bytes], root: bytes) -> bool:
    """Recompute the root from a leaf, going down from the top by halves (RFC 9162 2.1.3)."""

    def climb(low: int, high: int, rest: List[bytes]) -> bytes:
        if high - low == 1:
            if rest:
                raise ValueError
            return leaf
        middle = low + (1 << ((high - low - 1).bit_length() - 1))
        if not rest:
            raise ValueError
        if index < middle:
            return hashlib.sha256(b"\x01" + climb(low, middle, rest[:-1]) + rest[-1]).digest()
        return hashlib.sha256(b"\x01" + rest[-1] + climb(middle, high, rest[:-1])).digest()

    try:
        return 0 <= index < size and climb(0, size, path) == root
    except ValueError:
        return False


# --- BLS12-381: a drand beacon's signature ------------------------------------------------------------------
# Fp2 is a pair (a, b) = a + b·u with u² = -1; a point of G1 or G2 is an affine pair of Fp2, None at infinity.

P381 = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
R381 = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
X381 = 0xD201000000010000  # the curve's parameter, without its sign
BLS_SCHEME = "bls-unchained-g1-rfc9380"
QUICKNET = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"  # drand's public chain
BLS_TAG = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
Fp2 = Tuple[int, int]
Point = Optional[Tuple[Fp2, Fp2]]
G2_NEGATED = (
    (
        0x024AA2B2F08F0A91260805272DC51051C6E47AD4FA403B02B4510B647AE3D1770BAC0326A805BBEFD48056C8C121BDB8,
        0x13E02B6052719F607DACD3A088274F65596BD0D09920B61AB5DA61BBDC7F5049334CF11213945D57E5AC7D055D042B7E,
    ),
    (
        P381 - 0x0CE5D527727D6E118CC9CDC6DA2E351AADFD9BAA8CBDD3A76D429A695160D12C923AC9CC3BACA289E193548608B82801,
        P381 - 0x0606C4A02EA734CC32ACD2B02BC28B99CB3E287E85A763AF267492AB572E99AB3F370D275CEC1DA1AAA9075FF05F79BE,
    ),
)
SSWU_A = 0x144698A3B8E9433D693A02C96D4982B0EA985383EE66A8D8E8981AEFD881AC98936F8DA0E0F97F5CF428082D584C1D
SSWU_B = 0x12E2908D11688030018B12E8753EEE3B2016C1F0F24F4070A0B9C14FCEF35EF55A23215A316CEAA5D1CC48E98E172BE0
SSWU_Z = 11
ISOGENY = [  # RFC 9380 附录 E.2：x 的分子、分母，y 的分子、分母，各自从常数项起
    [
        0x11A05F2B1E833340B809101DD99815856B303E88A2D7005FF2627B56CDB4E2C85610C2D5F2E62D6EAEAC1662734649B7,
        0x17294ED3E943AB2F0588BAB22147A81C7C17E75B2F6A8417F565E33C70D1E86B4838F2A6F318C356E834EEF1B3CB83BB,
        0xD54005DB97678EC1D1048C5D10A9A1BCE032473295983E56878E501EC68E25C958C3E3D2A09729FE0179F9DAC9EDCB0,
        0x1778E7166FCC6DB74E0609D307E55412D7F5E4656A8DBF25F1B33289F1B330835336E25CE3107193C5B388641D9B6861,
        0xE99726A3199F4436642B4B3E4118E5499DB995A1257FB3F086EEB65982FAC18985A286F301E77C451154CE9AC8895D9,
        0x1630C3250D7313FF01D1201BF7A74AB5DB3CB17DD952799B9ED3AB9097E68F90A0870D2DCAE73D19CD13C1C66F652983,
        0xD6ED6553FE44D296A3726C38AE652BFB11586264F0F8CE19008E218F9C86B2A8DA25128C1052ECADDD7F225A139ED84,
        0x17B81E7701ABDBE2E8743884D1117E53356DE5AB275B4DB1A682C62EF0F2753339B7C8F8C8F475AF9CCB5618E3F0C88E,
        0x80D3CF1F9A78FC47B90B33563BE990DC43B756CE79F5574A2C596C928C5D1DE4FA295F296B74E956D71986A8497E317,
        0x169B1F8E1BCFA7C42E0C37515D138F22DD2ECB803A0C5C99676314BAF4BB1B7FA3190B2EDC0327797F241067BE390C9E,
        0x10321DA079CE07E272D8EC09D2565B0DFA7DCCDDE6787F96D50AF36003B14866F69B771F8C285DECCA67DF3F1605FB7B,
        0x6E08C248E260E70BD1E962381EDEE3D31D79D7E22C837BC23C0BF1BC24C6B68C24B1B80B64D391FA9C8BA2E8BA2D229,
    ],
    [
        0x8CA8D548CFF19AE18B2E62F4BD3FA6F01D5EF4BA35B48BA9C9588617FC8AC62B558D681BE343DF8993CF9FA40D21B1C,
        0x12561A5DEB559C4348B4711298E536367041E8CA0CF0800C0126C2588C48BF5713DAA8846CB026E9E5C8276EC82B3BFF,
        0xB2962FE57A3225E8137E629BFF2991F6F89416F5A718CD1FCA64E00B11ACEACD6A3D0967C94FEDCFCC239BA5CB83E19,
        0x3425581A58AE2FEC83AAFEF7C40EB545B08243F16B1655154CCA8ABC28D6FD04976D5243EECF5C4130DE8938DC62CD8,
        0x13A8E162022914A80A6F1D5F43E7A07DFFDFC759A12062BB8D6B44E833B306DA9BD29BA81F35781D539D395B3532A21E,
        0xE7355F8E4E667B955390F7F0506C6E9395735E9CE9CAD4D0A43BCEF24B8982F7400D24BC4228F11C02DF9A29F6304A5,
        0x772CAACF16936190F3E0C63E0596721570F5799AF53A1894E2E073062AEDE9CEA73B3538F0DE06CEC2574496EE84A3A,
        0x14A7AC2A9D64A8B230B3F5B074CF01996E7F63C21BCA68A81996E1CDF9822C580FA5B9489D11E2D311F7D99BBDCC5A5E,
        0xA10ECF6ADA54F825E920B3DAFC7A3CCE07F8D1D7161366B74100DA67F39883503826692ABBA43704776EC3A79A1D641,
        0x95FC13AB9E92AD4476D6E3EB3A56680F682B4EE96F7D03776DF533978F31C1593174E4B4B7865002D6384D168ECDD0A,
        0x1,
    ],
    [
        0x90D97C81BA24EE0259D1F094980DCFA11AD138E48A869522B52AF6C956543D3CD0C7AEE9B3BA3C2BE9845719707BB33,
        0x134996A104EE5811D51036D776FB46831223E96C254F383D0F906343EB67AD34D6C56711962FA8BFE097E75A2E41C696,
        0xCC786BAA966E66F4A384C86A3B49942552E2D658A31CE2C344BE4B91400DA7D26D521628B00523B8DFE240C72DE1F6,
        0x1F86376E8981C217898751AD8746757D42AA7B90EEB791C09E4A3EC03251CF9DE405ABA9EC61DECA6355C77B0E5F4CB,
        0x8CC03FDEFE0FF135CAF4FE2A21529C4195536FBE3CE50B879833FD221351ADC2EE7F8DC099040A841B6DAECF2E8FEDB,
        0x16603FCA40634B6A2211E11DB8F0A6A074A7D0D4AFADB7BD76505C3D3AD5544E203F6326C95A807299B23AB13633A5F0,
        0x4AB0B9BCFAC1BBCB2C977D027796B3CE75BB8CA2BE184CB5231413C4D634F3747A87AC2460F415EC961F8855FE9D6F2,
        0x987C8D5333AB86FDE9926BD2CA6C674170A05BFE3BDD81FFD038DA6C26C842642F64550FEDFE935A15E4CA31870FB29,
        0x9FC4018BD96684BE88C9E221E4DA1BB8F3ABD16679DC26C1E8B6E6A1F20CABE69D65201C78607A360370E577BDBA587,
        0xE1BBA7A1186BDB5223ABDE7ADA14A23C42A0CA7915AF6FE06985E7ED1E4D43B9B3F7055DD4EBA6F2BAFAAEBCA731C30,
        0x19713E47937CD1BE0DFD0B8F1D43FB93CD2FCBCB6CAF493FD1183E416389E61031BF3A5CCE3FBAFCE813711AD011C132,
        0x18B46A908F36F6DEB918C143FED2EDCC523559B8AAF0C2462E6BFE7F911F643249D9CDF41B44D606CE07C8A4D0074D8E,
        0xB182CAC101B9399D155096004F53F447AA7B12A3426B08EC02710E807B4633F06C851C1919211F20D4C04F00B971EF8,
        0x245A394AD1ECA9B72FC00AE7BE315DC757B3B080D4C158013E6632D3C40659CC6CF90AD1C232A6442D9D3F5DB980133,
        0x5C129645E44CF1102A159F748C4A3FC5E673D81D7E86568D9AB0F5D396A7CE46BA1049B6579AFB7866B1E715475224B,
        0x15E6BE4E990F03CE4EA50B3B42DF2EB5CB181D8F84965A3957ADD4FA95AF01B2B665027EFEC01C7704B456BE69C8B604,
    ],
    [
        0x16112C4C3A9C98B252181140FAD0EAE9601A6DE578980BE6EEC3232B5BE72E7A07F3688EF60C206D01479253B03663C1,
        0x1962D75C2381201E1A0CBD6C43C348B885C84FF731C4D59CA4A10356F453E01F78A4260763529E3532F6102C2E49A03D,
        0x58DF3306640DA276FAAAE7D6E8EB15778C4855551AE7F310C35A5DD279CD2ECA6757CD636F96F891E2538B53DBF67F2,
        0x16B7D288798E5395F20D23BF89EDB4D1D115C5DBDDBCD30E123DA489E726AF41727364F2C28297ADA8D26D98445F5416,
        0xBE0E079545F43E4B00CC912F8228DDCC6D19C9F0F69BBB0542EDA0FC9DEC916A20B15DC0FD2EDEDDA39142311A5001D,
        0x8D9E5297186DB2D9FB266EAAC783182B70152C65550D881C5ECD87B6F0F5A6449F38DB9DFA9CCE202C6477FAAF9B7AC,
        0x166007C08A99DB2FC3BA8734ACE9824B5EECFDFA8D0CF8EF5DD365BC400A0051D5FA9C01A58B1FB93D1A1399126A775C,
        0x16A3EF08BE3EA7EA03BCDDFABBA6FF6EE5A4375EFA1F4FD7FEB34FD206357132B920F5B00801DEE460EE415A15812ED9,
        0x1866C8ED336C61231A1BE54FD1D74CC4F9FB0CE4C6AF5920ABC5750C4BF39B4852CFE2F7BB9248836B233D9D55535D4A,
        0x167A55CDA70A6E1CEA820597D94A84903216F763E13D87BB5308592E7EA7D4FBC7385EA3D529B35E346EF48BB8913F55,
        0x4D2F259EEA405BD48F010A01AD2911D9C6DD039BB61A6290E591B36E636A5C871A5C29F4F83060400F8B49CBA8F6AA8,
        0xACCBB67481D033FF5852C1E48C50C477F94FF8AEFCE42D28C0F9A88CEA7913516F968986F7EBBEA9684B529E2561092,
        0xAD6B9514C767FE3C3613144B45F1496543346D98ADF02267D5CEEF9A00D9B8693000763E3B90AC11E99B138573345CC,
        0x2660400EB2E4F3B628BDD0D53CD76F2BF565B94E72927C1CB748DF27942480E420517BD8714CC80D1FADC1326ED06F7,
        0xE0FA1D816DDC03E6B24255E0D7819C171C40F65E273B853324EFCD6356CAA205CA2F570F13497804415473A1D634B8F,
        0x1,
    ],
]


class BadPoint(ValueError):
    """Bytes that are no point of the group."""


def mul2(a: Fp2, b: Fp2) -> Fp2:
    return (a[0] * b[0] - a[1] * b[1]) % P381, (a[0] * b[1] + a[1] * b[0]) % P381


def sub2(a: Fp2, b: Fp2) -> Fp2:
    return (a[0] - b[0]) % P381, (a[1] - b[1]) % P381


def inverse2(a: Fp2) -> Fp2:
    part = pow(a[0] * a[0] + a[1] * a[1], -1, P381)
    return a[0] * part % P381, -a[1] * part % P381


def slope(one: Any, other: Any) -> Fp2:
    """The slope of the line through two points, the tangent's where they are the same; never upright here."""
    if one == other:
        square = mul2(one[0], one[0])
        return mul2((3 * square[0], 3 * square[1]), inverse2((2 * one[1][0], 2 * one[1][1])))
    return mul2(sub2(one[1], other[1]), inverse2(sub2(one[0], other[0])))


def add(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return other if one is None else one
    if one[0] == other[0] and sub2((0, 0), one[1]) == other[1]:
        return None
    steep = slope(one, other)
    x = sub2(sub2(mul2(steep, steep), one[0]), other[0])
    return x, sub2(mul2(steep, sub2(one[0], x)), one[1])


def times(factor: int, point: Point) -> Point:
    found: Point = None
    for bit in bin(factor)[2:]:
        found = add(found, found)
        if bit == "1":
            found = add(found, point)
    return found


def root(a: int) -> Optional[int]:
    found = pow(a, (P381 + 1) // 4, P381)
    return found if found * found % P381 == a % P381 else None


def root2(a: Fp2) -> Optional[Fp2]:
    """A square root in Fp2: the complex method, which needs p = 3 mod 4."""
    norm = root(a[0] * a[0] + a[1] * a[1])
    if norm is None:
        return None
    for sign in (norm, -norm):
        real = root((a[0] + sign) * pow(2, -1, P381))
        if real:
            found = real, a[1] * pow(2 * real, -1, P381) % P381
            if mul2(found, found) == a:
                return found
    other = root(-a[0])  # a is -(b²): its root has no real part
    return (0, other) if a[1] == 0 and other is not None else None


def point_of(data: bytes, size: int) -> Point:
    """Read a compressed point of G1 (size 48) or G2 (size 96) and check that it lies in the group."""
    if len(data) != size or not data[0] & 0x80 or data[0] & 0x40:
        raise BadPoint("长度或标志位不对，或是无穷远点")
    parts = [int.from_bytes(data[at : at + 48], "big") for at in range(0, size, 48)]
    parts[0] &= (1 << 381) - 1
    if max(parts) >= P381:
        raise BadPoint("坐标不小于域的模")
    x = (parts[-1], parts[0] if size == 96 else 0)
    cube, twist = mul2(mul2(x, x), x), 4 if size == 96 else 0
    y = root2(((cube[0] + 4) % P381, (cube[1] + twist) % P381))
    if y is None or (size == 48 and y[1]):
        raise BadPoint("不在曲线上")
    larger = (y[1] or y[0]) > P381 // 2
    found = (x, y if larger == bool(data[0] & 0x20) else sub2((0, 0), y))
    if times(R381, found) is not None:
        raise BadPoint("不在素数阶子群中")
    return found


def swu(u: int) -> Point:
    """Map a field element to the curve: simplified SWU onto an isogenous curve, then the isogeny (RFC 9380)."""
    square = SSWU_Z * u * u % P381
    part = (square * square + square) % P381
    x = -SSWU_B * pow(SSWU_A, -1, P381) * (1 + pow(part, -1, P381)) if part else SSWU_B * pow(SSWU_Z * SSWU_A, -1, P381)
    y = root(x * x * x + SSWU_A * x + SSWU_B)
    if y is None:
        x *= square
        y = root(x * x * x + SSWU_A * x + SSWU_B)
    assert y is not None  # noqa: S101 - one of the two is a square
    y = y if y % 2 == u % 2 else -y
    top_x, low_x, top_y, low_y = (sum(k * pow(x, i, P381) for i, k in enumerate(row)) for row in ISOGENY)
    return (top_x * pow(low_x, -1, P381) % P381, 0), (y * top_y * pow(low_y, -1, P381) % P381, 0)


def hash_to_g1(message: bytes) -> Point:
    """RFC 9380, BLS12381G1_XMD:SHA-256_SSWU_RO_ with drand's tag."""
    tag = BLS_TAG + bytes([len(BLS_TAG)])
    first = hashlib.sha256(bytes(64) + message + b"\x00\x80\x00" + tag).digest()
    blocks = [hashlib.sha256(first + b"\x01" + tag).digest()]
    for number in range(2, 5):
        mixed = bytes(one ^ other for one, other in zip(first, blocks[-1]))  # noqa: B905 - Python 3.8
        blocks.append(hashlib.sha256(mixed + bytes([number]) + tag).digest())
    halves = [int.from_bytes(blocks[at] + blocks[at + 1], "big") % P381 for at in (0, 2)]
    return times(1 + X381, add(swu(halves[0]), swu(halves[1])))


def mul12(a: List[Fp2], b: List[Fp2]) -> List[Fp2]:
    """Multiply in Fp12 = Fp2[w] / (w⁶ - (1 + u))."""
    real, imaginary = [0] * 11, [0] * 11
    for i, (a0, a1) in enumerate(a):
        if a0 or a1:
            for j, (b0, b1) in enumerate(b, i):
                real[j] += a0 * b0 - a1 * b1
                imaginary[j] += a0 * b1 + a1 * b0
    for i in range(5):  # w⁶ = 1 + u
        real[i] += real[i + 6] - imaginary[i + 6]
        imaginary[i] += real[i + 6] + imaginary[i + 6]
    return [(real[i] % P381, imaginary[i] % P381) for i in range(6)]


def line(through: Any, other: Any, at: Any) -> List[Fp2]:
    """The line through two points of the twist, untwisted, times w³, at a point of G1."""
    steep, x, y = slope(through, other), at[0][0], at[1][0]
    nothing = (0, 0)
    ground = sub2(mul2(steep, through[0]), through[1])
    return [ground, nothing, (-steep[0] * x % P381, -steep[1] * x % P381), (y, 0), nothing, nothing]


def pairs_to_one(pairs: List[Tuple[Point, Point]]) -> bool:
    """Say whether the product of the ate pairings of (G1, G2) pairs is 1."""
    one = [(1, 0)] + [(0, 0)] * 5
    value, places = one, [second for _, second in pairs]
    for bit in bin(X381)[3:]:
        value = mul12(value, value)
        for step in ("0", "1") if bit == "1" else ("0",):
            for at, (first, second) in enumerate(pairs):
                partner = second if step == "1" else places[at]
                value = mul12(value, line(places[at], partner, first))
                places[at] = add(places[at], partner)
    result, table = one, [one, value]
    while len(table) < 16:
        table.append(mul12(table[-1], value))
    for digit in "{:x}".format((P381**12 - 1) // R381):
        for _ in range(4):
            result = mul12(result, result)
        result = mul12(result, table[int(digit, 16)])
    return result == one


def beacon_signature_problem(public_key: bytes, number: int, signature: bytes) -> str:
    """Check the BLS signature of one round; "" when it holds."""
    try:
        key, signed = point_of(public_key, 96), point_of(signature, 48)
    except BadPoint as error:
        return "公钥或签名无效：{}".format(error)
    message = hash_to_g1(hashlib.sha256(number.to_bytes(8, "big")).digest())
    return "" if pairs_to_one([(signed, G2_NEGATED), (message, key)]) else "签名不是该公钥对该轮次的签名"


# --- Ed25519: the log's checkpoint (RFC 8032) --------------------------------------------------------------

P25519 = 2**255 - 19
L25519 = 2**252 + 27742317777372353535851937790883648493
D25519 = -121665 * pow(121666, -1, P25519) % P25519
Extended = Tuple[int, int, int, int]


def edwards_add(a: Extended, b: Extended) -> Extended:
    one, two = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0])
    three, four = 2 * a[3] * b[3] * D25519, 2 * a[2] * b[2]
    e, f, g, h = two - one, four - three, four + three, two + one
    return e * f % P25519, g * h % P25519, f * g % P25519, e * h % P25519


def edwards_times(factor: int, point: Extended) -> Extended:
    found: Extended = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            found = edwards_add(found, point)
        point, factor = edwards_add(point, point), factor >> 1
    return found


def edwards_point(data: bytes) -> Optional[Extended]:
    whole = int.from_bytes(data, "little")
    y, sign = whole & (2**255 - 1), whole >> 255
    if len(data) != 32 or y >= P25519:
        return None
    square = (y * y - 1) * pow(D25519 * y * y + 1, -1, P25519) % P25519
    x = pow(square, (P25519 + 3) // 8, P25519)
    if (x * x - square) % P25519:
        x = x * pow(2, (P25519 - 1) // 4, P25519) % P25519
    if (x * x - square) % P25519 or (x == 0 and sign):
        return None
    x = x if x % 2 == sign else P25519 - x
    return x, y, 1, x * y % P25519


def ed25519_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Verify as RFC 8032, 5.1.7: [S]B = R + [k]A."""
    key, begun, s = edwards_point(public), edwards_point(signature[:32]), int.from_bytes(signature[32:], "little")
    base = edwards_point((4 * pow(5, -1, P25519) % P25519).to_bytes(32, "little"))
    if len(signature) != 64 or key is None or begun is None or base is None or s >= L25519:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L25519
    left, right = edwards_times(s, base), edwards_add(begun, edwards_times(k, key))
    return all((left[i] * right[2] - right[i] * left[2]) % P25519 == 0 for i in (0, 1))


def note_problem(note: str, vkey: str) -> str:
    """Check a C2SP signed note against a key `name+hash+base64`; "" when its signature holds."""
    try:
        name, number, encoded = vkey.strip().split("+", 2)
        key = base64.b64decode(encoded, validate=True)
        if key[:1] != b"\x01" or len(key) != 33:
            return "日志公钥不是 Ed25519 公钥"
        if hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8] != number:
            return "日志公钥与其编号不符"
        text, _, signatures = note.rpartition("\n\n")
        for row in signatures.splitlines():
            if row.startswith("\u2014 {} ".format(name)):
                raw = base64.b64decode(row.split(" ")[2], validate=True)
                if raw[:4].hex() == number and ed25519_holds(key[1:], (text + "\n").encode(), raw[4:]):
                    return ""
    except ValueError:
        return "日志公钥或签名的格式不对"
    return "检查点没有该日志公钥的有效签名"


# --- commitment, log, seed ---------------------------------------------------------------------------------


def unknown_keys(cert: Any) -> List[str]:
    """Keys that the format doesn't have: whoever adds one may mean something by it that nobody checks."""
    found = []
    for where, names in KNOWN.items():
        part = cert
        for step in where.split(".") if where else []:
            part = part.get(step) if isinstance(part, dict) else None
        if isinstance(part, dict):
            found += ["{}.{}".format(where, name).lstrip(".") for name in sorted(set(part) - set(names.split()))]
    return found


def fresh_number(parent: str, voids: List[int], attempt: int) -> str:
    """The number of a fresh draw."""
    return "{}-r{}{}".format(parent, min(voids, default=0), "-{}".format(attempt) if attempt > 1 else "")


def cells_of(commit: Any) -> Optional[List[str]]:
    """The cells of an even draw; a fresh draw goes by its tickets alone."""
    cells: Optional[List[str]] = commit["rule"]["strata"].get("cells")
    return cells if commit.get("replaces") is None else None


def check_commit(report: Report, cert: Any, expected: Optional[str]) -> None:
    commit, replaces = cert["commit"], cert["commit"].get("replaces")
    wrong = ["不认识的键 " + name for name in unknown_keys(cert)]
    if cert["type"] != FORMAT + "/certificate" or commit["type"] != FORMAT + "/commit":
        wrong.append("格式版本")
    number = "{}-{}".format(commit["task"], commit["attempt"])
    if replaces is not None:
        number = fresh_number(replaces["draw_id"], replaces["n"], commit["attempt"])
        if not replaces["draw_id"].startswith(commit["task"] + "-"):
            wrong.append("补抽的任务")
        if replaces["n"] != sorted(set(replaces["n"])) or replaces["without"] != sorted(set(replaces["without"])):
            wrong.append("补抽的空缺或已抽名单没有排序")
    if commit["draw_id"] != number:
        wrong.append("抽取编号")
    if (commit["attempt"] > 1) != (commit["supersedes"] is not None):
        wrong.append("重抽说明")
    if commit["pool"]["columns"] != COLUMNS or commit["pool"]["page_rows"] != PAGE_ROWS:
        wrong.append("名录格式")
    if commit["profile"] not in ("open", "masked") or commit["rule"]["strata"]["by"] != "class":
        wrong.append("公开方式或分层方式")
    cells = commit["rule"]["strata"].get("cells")
    if cells is not None:
        known = cells == sorted(set(cells)) and cells and set(cells) <= {"county", "industry", "size", "type"}
        if not known or commit["profile"] == "masked":
            wrong.append("等距抽取的分格")
    if commit["seed_plan"].get("seal", True) is not True:
        wrong.append("封存标记")
    report.check("format", "凭证格式", "、".join(wrong))
    found = digest(commit)
    problem = "" if found == cert["commit_sha256"] else "承诺内容的摘要是 {}".format(found)
    if expected is not None and found != expected.lower():
        problem = "与事先记下的承诺摘要不同（{}）".format(found)
    report.check("commit", "承诺摘要", problem)


def check_receipt(report: Report, cert: Any, which: str, chinese: str, log_key: Optional[str]) -> None:
    """Check one receipt of the public log: `log` for the commitment, `result_log` for a sealed draw's result."""
    log = cert[which]
    if not log.get("inclusion") and log.get("tree_size") != 1:
        report.check(which, chinese + "的公开日志回执", "凭证中没有包含证明")
        return
    leaf, problem = bytes.fromhex(log["leaf_hash"]), ""
    path, top = [bytes.fromhex(node) for node in log["inclusion"]], bytes.fromhex(log["root_hash"])
    if log["reference"] != cert["commit"]["draw_id"]:
        problem = "回执属于 {}".format(log["reference"])
    elif not included(leaf, log["index"], log["tree_size"], path, top):
        problem = "包含证明不成立"
    elif log.get("checkpoint"):
        lines = log["checkpoint"].split("\n")
        if lines[1:3] != [str(log["tree_size"]), base64.b64encode(top).decode()]:
            problem = "签名检查点与证明的树不同"
    report.check(which, chinese + "的公开日志包含证明", problem)
    if log_key:
        signed = note_problem(log["checkpoint"], log_key) if log.get("checkpoint") else "凭证没有附签名检查点"
        report.check(which + ".signature", chinese + "的日志检查点签名", signed)
    problem = entry_problem(cert, which)
    report.check(which + ".entry", "日志条目即" + chinese, "不是" + chinese + "：" + problem if problem else "")
    beacon = cert["commit"]["seed_plan"]["beacon"]
    if which == "log" and beacon is not None and not problem:
        # Who logs the commitment with the round in hand could choose everything else to suit it.
        late = utc(json.loads(log["entry"])["at"]) >= time_of(beacon)
        report.check("log.time", "承诺先于信标", "公开日志收入承诺时，信标已经公布" if late else "")


def entry_problem(cert: Any, which: str) -> str:
    """Say why the logged text is not that of this draw's commitment, or result; any other entry may name the hash."""
    log, (kind, name) = cert[which], LOGGED[which]
    if not log.get("entry"):
        return "凭证没有附条目原文"
    if hashlib.sha256(b"\x00" + log["entry"].encode("utf-8")).hexdigest() != log["leaf_hash"].lower():
        return "条目原文与叶哈希不符"
    try:
        told = json.loads(log["entry"])
        utc(told["at"])
        if told["kind"] != kind:
            return "条目的种类是 {}".format(told["kind"])
        if told["reference"] != cert["commit"]["draw_id"]:
            return "条目属于 {}".format(told["reference"])
        return "" if told["data"][name] == cert[name] else "条目登记的摘要不同"
    except (ValueError, KeyError, TypeError, RecursionError):
        return "条目原文的格式不对"


def check_log(report: Report, cert: Any, log_key: Optional[str]) -> None:
    check_receipt(report, cert, "log", "本承诺", log_key)
    sealed = cert["commit"]["seed_plan"].get("seal") is True
    if sealed and not cert.get("result_log"):
        report.check("result_log", "本结果的公开日志回执", "封存的抽取必须有结果的日志回执")
    elif not sealed and "result_log" in cert:
        report.check("result_log", "本结果的公开日志回执", "承诺没有封存，凭证却有结果的日志回执")
    elif sealed:
        check_receipt(report, cert, "result_log", "本结果", log_key)


def seed_problem(cert: Any) -> str:
    """Rebuild seed.txt from the commitment's plan and the published lines; say what is wrong."""
    commit, plan, text = cert["commit"], cert["commit"]["seed_plan"], cert["seed"]["txt"]
    lines = text.split("\n")
    if lines.pop() != "" or lines[:1] != [FORMAT + " seed"]:
        return "首行或结尾不对"
    if len(lines) < 2 or lines[1] != "commit " + digest(commit):
        return "所用承诺不是本凭证的承诺"
    wanted, revealed, rest = len(plan["parties"]), 0, lines[2:]
    if not wanted or wanted + bool(plan["dice"]) + (plan["beacon"] is not None) < 2:
        return "随机来源少于两个，或没有参与方"
    if plan["beacon"] is not None:
        beacon = rest.pop(0).split(" ") if rest else []
        if len(beacon) != 4 or beacon[:3] != ["beacon", plan["beacon"]["chain"], str(plan["beacon"]["round"])]:
            return "缺少承诺的信标轮次"
        proof = cert["seed"]["beacon"] or {}
        if sha(bytes.fromhex(proof.get("signature", ""))) != beacon[3]:
            return "信标随机数不是其签名的摘要"
    for number, (name, promise) in enumerate(plan["parties"], 1):
        cells = rest.pop(0).split(" ") if rest else []
        if len(cells) != 5 or cells[:4] != ["reveal", str(number), name, promise]:
            return "参与方 {} 的揭示行与承诺的计划不符".format(name)
        if cells[4] == "ABSENT":
            continue
        preimage = "{} party {} ".format(FORMAT, name).encode()
        if not HEX64.fullmatch(cells[4]) or sha(preimage + bytes.fromhex(cells[4])) != promise:
            return "参与方 {} 的揭示与其承诺不符".format(name)
        revealed += 1
    if revealed < wanted and plan["beacon"] is None and (not plan["dice"] or not revealed):
        return "有参与方缺席而没有其他来源"
    if plan["dice"] and not (rest and re.fullmatch(r"dice [0-9]{6,64}", rest.pop(0))):
        return "缺少掷骰结果"
    return "多出的行：" + rest[0] if rest else ""


def derived_key(label: str, seed: bytes) -> str:
    return sha("{}\n{}\n{}\n".format(FORMAT, label, sha(seed)).encode())[:32]


def time_of(beacon: Any) -> int:
    """When the round came, in Unix seconds."""
    at: int = beacon["genesis"] + (beacon["round"] - 1) * beacon["period"]
    return at


def check_beacon(report: Report, cert: Any) -> None:
    """Check that the key belongs to the chain, that the round came in time, and the round's signature."""
    plan = cert["commit"]["seed_plan"]
    beacon, proof = plan["beacon"], cert["seed"]["beacon"] or {}
    key, problem = bytes.fromhex(beacon["public_key"]), ""
    parts = beacon["period"].to_bytes(4, "big") + beacon["genesis"].to_bytes(8, "big") + key
    parts += bytes.fromhex(beacon["group_hash"])
    parts += b"" if beacon["beacon_id"] == "default" else beacon["beacon_id"].encode()
    if beacon["scheme"] != BLS_SCHEME:
        problem = "不认识的签名方案 {}".format(beacon["scheme"])
    elif sha(parts) != beacon["chain"]:
        problem = "公钥等参数算出的链哈希是 {}".format(sha(parts))
    report.check("beacon.chain", "信标链", problem)
    if beacon["chain"] != QUICKNET:
        why = "链 {} 不是本程序认得的公共链，请向其运营方核对".format(beacon["chain"])
        report.skip("beacon.source", "信标链的来历", why)
    at = time_of(beacon)
    timely = beacon["round"] >= 1 and utc(plan["reveal_deadline"]) <= at < utc(cert["commit"]["result_deadline"])
    report.check("beacon.time", "信标轮次的时间", "" if timely else "不在揭示截止之后、结果截止之前")
    signature = bytes.fromhex(proof.get("signature", ""))
    report.check("beacon.signature", "信标签名", beacon_signature_problem(key, beacon["round"], signature))


def check_seed(report: Report, cert: Any) -> Dict[str, str]:
    """Check seed and keys; return the true keys, whatever the certificate says."""
    commit, seed = cert["commit"], cert["seed"]["txt"].encode("utf-8")
    problem = seed_problem(cert) or ("" if sha(seed) == cert["seed"]["sha256"] else "摘要不符")
    if commit["seed_plan"]["beacon"] is None and cert["seed"]["beacon"] is not None:
        problem = problem or "承诺没有信标，凭证却有"
    report.check("seed", "随机种子", problem)
    if commit["seed_plan"]["beacon"] is not None:
        check_beacon(report, cert)
    label = "subject"
    if commit.get("replaces") is not None:
        label = "replace/{}".format(min(commit["replaces"]["n"], default=0))
    keys = {"subject": derived_key(label, seed), "officer": derived_key("officer", seed)}
    if cells_of(commit):
        keys["systematic"] = derived_key("systematic", seed)
    report.check("keys", "抽取密钥", "" if cert["keys"] == keys else "不是由种子导出的密钥")
    return keys


# --- pool --------------------------------------------------------------------------------------------------


def check_pool_bytes(report: Report, pool: Any, data: bytes) -> List[str]:
    """Check format, order, size and root of the published pool; return its lines."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        report.check("pool.format", "名录格式", "不是 UTF-8")
        return []
    problem = "最后一行没有换行" if data and not data.endswith(b"\n") else ""
    if REFUSED.search(text) or not (text.isascii() or unicodedata.is_normalized("NFC", text)):
        problem = "含有不允许的字符"
    lines = text.split("\n")
    lines.pop()
    report.check("pool.format", "名录格式", problem)
    raw = data.split(b"\n")
    raw.pop()
    leaves = [
        hashlib.sha256(b"\x00" + b"\n".join(raw[start : start + PAGE_ROWS]) + b"\n").digest()
        for start in range(0, len(raw), PAGE_ROWS)
    ]
    size = len(lines) == pool["rows"] and len(leaves) == pool["pages"]
    report.check("pool.size", "名录户数", "" if size else "{} 户 {} 页，与承诺不同".format(len(lines), len(leaves)))
    root = merkle_root(leaves).hex()
    report.check("pool.root", "名录根", "" if root == pool["root"] else "算得 {}".format(root))
    return lines


def accepts(conditions: List[Any], cells: List[str], masked: bool) -> bool:
    """Apply the committed filter to a row's cells after the id; the class of a masked row can't be seen."""
    for condition in conditions:
        if masked and condition["col"] == "class":
            continue
        if not accepts_cell(condition, cells[FILTER_COLUMNS[condition["col"]]]):
            return False
    return True


def accepts_cell(condition: Any, cell: str) -> bool:
    if "in" in condition:
        return cell in condition["in"]
    if "prefix" in condition:
        return cell.startswith(tuple(condition["prefix"]))
    return bool(condition["ge"] <= cell <= condition["le"])


class Scan:
    """One pass over a pool: what it holds, who has a ticket up to the limits, and what is wrong with it."""

    def __init__(self, commit: Any, limits: Dict[str, str], masked: bool, wanted: Set[str]) -> None:
        self.conditions = commit["rule"]["filter"]
        self.strata = {name for name, _, _ in commit["strata"]}
        self.limits = {name: bytes.fromhex(limit) for name, limit in limits.items()}
        self.masked = masked
        self.without = set((commit.get("replaces") or {}).get("without", []))  # what the parent draw took
        self.wanted = wanted | self.without
        self.cells = [FILTER_COLUMNS[name] for name in cells_of(commit) or []]
        self.counts: Dict[str, int] = dict.fromkeys(self.strata, 0)
        self.ineligible = 0
        self.low: Dict[str, List[Tuple[str, str]]] = {name: [] for name in self.strata}
        self.even: Dict[str, List[Tuple[bytes, bytes, str]]] = {name: [] for name in self.strata}
        self.rows: Dict[str, List[str]] = {}  # id → the other cells, of the wanted and of the drawn
        self.order = self.format = self.filter = ""

    def kind(self, identity: str, rest: str) -> Tuple[Optional[str], Optional[bytes]]:
        """Check the cells after an id once for all rows that share them; return stratum and limit."""
        cells = rest.split("\t")
        if len(cells) != 6 or not COUNTY.fullmatch(cells[0]):
            self.format = self.format or "{} 一行的列不对".format(identity)
            return None, None
        if self.masked:
            if cells[5] != "-" or not re.fullmatch(r"[0-9A-Za-z_-]{22}", cells[4]):
                self.format = self.format or "{} 一行的遮蔽值不对".format(identity)
        elif cells[5] not in ("0", "1") or cells[4] not in self.strata:
            self.format = self.format or "{} 一行的分类或标记不对".format(identity)
            return None, None
        if not accepts(self.conditions, cells, self.masked):
            self.filter = self.filter or "{} 不符合承诺的抽取条件".format(identity)
        if self.masked:
            return "*", None
        return (cells[4], self.limits.get(cells[4])) if cells[5] == "1" else (None, None)

    def run(self, lines: List[str], key: str) -> None:
        previous = ""
        for start in range(0, len(lines), SCANNED_ROWS):
            part = lines[start : start + SCANNED_ROWS]
            if not self.quickly(part, key, previous):
                self.row_by_row(part, key, previous)
            previous = part[-1].partition("\t")[0]

    def quickly(self, lines: List[str], key: str, previous: str) -> bool:
        """Scan rows column by column; False, with nothing noted, where rows must be looked at one by one."""
        if self.cells or {line.count("\t") for line in lines} != {6}:
            return False
        cells = "\t".join(lines).split("\t")
        columns = [cells[place::7] for place in range(7)]
        ids, classes, marks = columns[0], columns[5], columns[6]
        if not (ids[0] > previous and all(map(operator.lt, ids, ids[1:])) and self.without.isdisjoint(ids)):
            return False
        if not (set(map(len, ids)) <= ID_LENGTHS and ID_SIGNS.fullmatch("".join(ids)) and self.sound(columns)):
            return False
        for place in [place for place, identity in enumerate(ids) if identity in self.wanted]:
            self.rows[ids[place]] = [column[place] for column in columns[1:]]
        if self.masked:
            return True
        may = list(compress(classes, map("1".__eq__, marks)))
        self.ineligible += len(ids) - len(may)
        for name in self.strata:
            self.counts[name] += may.count(name)
        limits, highest = self.limits, max(self.limits.values(), default=b"")
        # The hash of the key is copied: most of a ticket's time is the making of the hash object.
        copy, near = hashlib.sha256((key + "|").encode()).copy, []
        for place, identity in enumerate("\n".join(ids).encode().split(b"\n")):
            ticket = copy()
            ticket.update(identity)
            found = ticket.digest()
            if found <= highest:
                near.append((place, found))
        for place, found in near:
            if marks[place] == "1" and found <= limits.get(classes[place], b""):
                self.low[classes[place]].append((found.hex(), ids[place]))
                self.rows[ids[place]] = [column[place] for column in columns[1:]]
        return True

    def sound(self, columns: List[List[str]]) -> bool:
        """Whether `kind` would find nothing wrong with any row."""
        kinds = [set(column) for column in columns[1:]]
        if self.masked:
            right = set(map(len, columns[5])) == {22} and MASK_SIGNS.fullmatch("".join(columns[5])) is not None
            right = right and kinds[5] == {"-"}
        else:
            right = kinds[4] <= self.strata and kinds[5] <= {"0", "1"}
        return (
            right
            and all(map(COUNTY.fullmatch, kinds[0]))
            and all(
                accepts_cell(condition, cell)
                for condition in self.conditions
                if not (self.masked and condition["col"] == "class")
                for cell in kinds[FILTER_COLUMNS[condition["col"]]]
            )
        )

    def row_by_row(self, lines: List[str], key: str, previous: str) -> None:
        known: Dict[str, Tuple[Optional[str], Optional[bytes]]] = {}
        prefix, sha256, wanted = (key + "|").encode(), hashlib.sha256, self.wanted
        is_id, counts, evenly = ID.fullmatch, self.counts, self.cells
        for line in lines:
            identity, _, rest = line.partition("\t")
            if identity <= previous:
                self.order = self.order or "{} 重复或次序不对".format(identity)
            previous = identity
            kind = known.get(rest)
            if kind is None:
                kind = self.kind(identity, rest)
                if not self.masked:
                    known[rest] = kind
            if not is_id(identity):
                self.format = self.format or "编号 {} 的格式不对".format(identity)
            stratum, limit = kind
            if identity in wanted:
                self.rows[identity] = rest.split("\t")
                if identity in self.without and stratum is not None:
                    continue
            if self.masked:
                continue
            if stratum is None:
                self.ineligible += 1
                continue
            counts[stratum] += 1
            if evenly:
                cell = "\t".join([rest.split("\t")[place] for place in evenly]).encode()
                self.even[stratum].append((cell, sha256(prefix + identity.encode()).digest(), identity))
            elif limit is not None:
                found = sha256(prefix + identity.encode()).digest()
                if found <= limit:
                    self.low[stratum].append((found.hex(), identity))
                    self.rows[identity] = rest.split("\t")

    def tell(self, report: Report) -> None:
        report.check("pool.order", "名录次序和重复", self.order)
        report.check("pool.rows", "名录各行", self.format)
        report.check("pool.filter", "抽取条件", self.filter)


# --- strata and selection ----------------------------------------------------------------------------------


def quota(n: int, rule: Any, stratum: str) -> int:
    if n == 0:
        return 0
    num, den = map(int, rule["ratio"][stratum])
    share = -(-n * num // den) if rule["rounding"] == "ceil" else n * num // den
    return min(n, max(int(rule["min"]), share))


def check_quota(report: Report, cert: Any) -> None:
    commit, wrong = cert["commit"], []
    rule, excluded = commit["rule"]["strata"], sum(count for _, count in commit["pool"]["excluded"])
    names = [name for name, _, _ in commit["strata"]]
    if names != sorted(set(names)) or set(names) != set(rule["ratio"]) or rule["rounding"] not in ("ceil", "floor"):
        wrong.append("分类与比例方案不一致")
    for name, n, k in commit["strata"]:
        if commit.get("replaces") is not None:
            if not 0 <= k <= n:
                wrong.append("{} 类 {} 户不能补抽 {} 户".format(name, n, k))
        elif name in rule["ratio"] and quota(n, rule, name) != k:
            wrong.append("{} 类 {} 户应抽 {} 户，承诺写 {} 户".format(name, n, quota(n, rule, name), k))
    excluded += len((commit.get("replaces") or {}).get("without", []))
    if sum(n for _, n, _ in commit["strata"]) + excluded != commit["pool"]["rows"]:
        wrong.append("可抽取户数加排除户数不等于名录户数")
    report.check("strata.quota", "各分类抽取户数", "；".join(wrong))
    drawn = [[part["stratum"], part["n"], part["k"]] for part in cert["strata"]]
    report.check("strata.listed", "凭证与承诺的分类一致", "" if drawn == commit["strata"] else "户数与承诺不同")


def check_counts(report: Report, cert: Any, scan: Scan) -> None:
    wrong = [
        "{} 类名录中 {} 户，承诺 {} 户".format(name, scan.counts.get(name, 0), n)
        for name, n, _ in cert["commit"]["strata"]
        if scan.counts.get(name, 0) != n
    ]
    excluded = sum(count for _, count in cert["commit"]["pool"]["excluded"])
    if scan.ineligible != excluded:
        wrong.append("名录中不可抽取 {} 户，承诺排除 {} 户".format(scan.ineligible, excluded))
    missing = [identity for identity in scan.without if scan.rows.get(identity, ["0"])[-1] != "1"]
    if missing:
        wrong.append("原抽取抽中过的户不在名录中或不可抽取：" + some(sorted(missing)))
    report.check("strata.counts", "各分类户数", "；".join(wrong))


def check_tickets(report: Report, cert: Any, key: str) -> None:
    """What the certificate alone shows: every ticket, the order, the number drawn, the largest threshold."""
    wrong, selected = [], cert["selected"]
    for identity, _, ticket in selected:
        if sha("{}|{}".format(key, identity).encode()) != ticket:
            wrong.append("{} 的号码不对".format(identity))
    report.check("tickets", "中签号码", "；".join(wrong[:5]))
    pairs = [(ticket, identity) for identity, _, ticket in selected]
    in_order = all(left < right for left, right in zip(pairs, pairs[1:]))  # noqa: B905, RUF007 - Python 3.8 has neither
    report.check("selected.order", "名单次序", "" if in_order else "没有按号码排列，或有重复")
    total = sum(k for _, _, k in cert["commit"]["strata"])
    report.check("selected.count", "抽中户数", "" if len(selected) == total else "{} 户".format(len(selected)))
    thresholds = [part["threshold"] for part in cert["strata"] if part["threshold"] is not None]
    tickets = {ticket for _, _, ticket in selected}
    problem = ""
    if cells_of(cert["commit"]):
        if thresholds or any(part["reserve"] for part in cert["strata"]):
            problem = "分格等距抽取没有门槛和候补"
        report.check("thresholds", "门槛", problem)
        return
    if any((part["threshold"] is None) != (part["k"] == 0) for part in cert["strata"]):
        problem = "有抽中户的分类必须有门槛"
    elif not tickets.issuperset(thresholds):
        problem = "门槛不是任何中签户的号码"
    elif tickets and max(tickets) > max(thresholds, default=""):
        problem = "有号码大于最大门槛"
    report.check("thresholds", "门槛", problem)


def unbiased(key: str, below: int) -> int:
    """The unbiased integer: 256-bit blocks, those at or above the largest multiple of `below` rejected."""
    block = 0
    while True:
        found = int(sha("{}|{}".format(key, block).encode()), 16)
        if found < 2**256 - 2**256 % below:
            return found % below
        block += 1


def evenly_drawn(cert: Any, scan: Scan, key: str) -> List[Tuple[str, str, str]]:
    """Draw evenly over the cells: equal steps from a start that the key decides."""
    right = []
    for part in cert["strata"]:
        name, k, rows = part["stratum"], part["k"], sorted(scan.even[part["stratum"]])
        if rows and k:
            start = unbiased(sha("{}|{}".format(key, name).encode())[:32], len(rows))
            places = [(start + step * len(rows)) // k for step in range(k)]
            right += [(rows[place][1].hex(), rows[place][2], name) for place in places]
    return right


def check_selection(report: Report, cert: Any, scan: Scan, keys: Dict[str, str]) -> None:
    """With every class known: exactly the k smallest tickets of each stratum are drawn, the next are reserve."""
    masked = cert["commit"]["profile"] == "masked"
    right: List[Tuple[str, str, str]] = []
    if cells_of(cert["commit"]):
        right = evenly_drawn(cert, scan, keys["systematic"])
    else:
        right = smallest_drawn(report, cert, scan)
    expected = [[identity, "*" if masked else stratum, ticket] for ticket, identity, stratum in sorted(right)]
    listed = cert["selected"]
    due, told = set(map(tuple, expected)), set(map(tuple, listed))
    problem = ""
    if expected != listed:
        missing = some(row[0] for row in expected if tuple(row) not in told)
        extra = some(row[0] for row in listed if tuple(row) not in due)
        problem = "应抽中而没有：{}；不应抽中而有：{}".format(missing or "无", extra or "无")
    report.check("selected", "抽中名单", problem)


def smallest_drawn(report: Report, cert: Any, scan: Scan) -> List[Tuple[str, str, str]]:
    thresholds: List[str] = []
    reserves: List[str] = []
    right: List[Tuple[str, str, str]] = []
    limits = limits_of(cert)
    for part in cert["strata"]:
        name, k = part["stratum"], part["k"]
        low = [row for row in sorted(scan.low.get(name, [])) if row[0] <= limits.get(name, "")]
        drawn, following = low[:k], low[k:]
        if (drawn[-1][0] if drawn else None) != part["threshold"] or len(drawn) != k:
            thresholds.append("{} 类的第 {} 小号码不是门槛".format(name, k))
        if [[identity, ticket] for ticket, identity in following] != part["reserve"]:
            place = reserves if part["reserve"] else thresholds
            place.append("{} 类的号码不大于门槛的户数应为 {}，实为 {}".format(name, k, len(low)))
        right += [(ticket, identity, name) for ticket, identity in drawn]
    report.check("thresholds.strata", "各分类门槛", "；".join(thresholds))
    report.check("reserve", "候补次序", "；".join(reserves))
    return right


# --- officers: deal/1 --------------------------------------------------------------------------------------


class DealFailed(Exception):
    """The committed officers can't cover the drawn subjects."""


class Deal:
    """deal/1 step by step on plain dictionaries."""

    def __init__(self, drawn: List[Tuple[str, str, str]], file: Any, key: str) -> None:
        """Take drawn (ticket, id, county), officers.json and the officer key."""
        items = set(file["items"])
        officers = [row for row in file["officers"] if items <= set(row[2])]
        self.key = key
        self.county = {row[0]: row[1] for row in officers}
        self.cap: Dict[str, int] = {row[0]: row[3] for row in officers}
        self.g = {row[0]: row[4] for row in officers}
        self.load = dict.fromkeys(self.cap, 0)
        self.recused = {(officer, subject) for officer, subject in file["recusals"]}
        self.steps = list(enumerate(file["escalation"]))
        self.taken: List[List[Any]] = []
        self.opened: Set[str] = set()
        self.of_county: Dict[str, List[str]] = {}
        for name, county in self.county.items():
            self.of_county.setdefault(county, []).append(name)
        self.ranks: Dict[str, Tuple[int, str, str]] = {}
        for name in self.g:
            self.rank(name)
        self.reached: Dict[str, List[str]] = {}
        self.of_subject: Dict[str, Set[str]] = {}
        for officer, subject in self.recused:
            self.of_subject.setdefault(subject, set()).add(officer)
        self.home = {identity: county for _, identity, county in drawn}
        self.queue = [
            identity
            for _, _, identity in sorted((len(self.able(identity)), ticket, identity) for ticket, identity, _ in drawn)
        ]
        self.place = {identity: place for place, identity in enumerate(self.queue)}
        self.seat: Dict[Tuple[int, str], str] = {}  # (seat, subject) → officer

    def rank(self, officer: str) -> None:
        g = self.g[officer]
        self.ranks[officer] = (g, sha("{}|{}|{}".format(self.key, officer, g).encode()), officer)

    def able(self, subject: str) -> List[str]:
        county = self.home[subject]
        if county not in self.reached:
            counties = {county} | self.opened
            self.reached[county] = [officer for one in counties for officer in self.of_county.get(one, [])]
        barred = self.of_subject.get(subject)
        return [officer for officer in self.reached[county] if not barred or officer not in barred]

    def candidates(self, subject: str, seats: int) -> List[str]:
        team = {self.seat.get((seat, subject)) for seat in range(seats)}
        return sorted((o for o in self.able(subject) if o not in team), key=self.ranks.__getitem__)

    def first(self, subject: str, barred: Set[Any]) -> Optional[str]:
        """The next in line who is below the cap."""
        load, cap = self.load, self.cap
        free = [o for o in self.able(subject) if load[o] < cap[o] and o not in barred]
        return min(free, key=self.ranks.__getitem__) if free else None

    def count(self, officer: str, by: int = 1) -> None:
        if officer in self.g:
            self.g[officer] += by
            self.load[officer] += by
            self.rank(officer)

    def escalate(self, subject: str) -> int:
        """Take the next committed step; return its index."""
        if not self.steps:
            raise DealFailed(subject)
        index, (what, value) = self.steps.pop(0)
        if what == "cap":
            self.cap = {officer: cap + value for officer, cap in self.cap.items()}
        elif what == "pool":
            self.opened.add(value)
        else:
            raise DealFailed(what)
        self.reached.clear()
        return index

    def free(self, officer: str) -> bool:
        return self.load[officer] < self.cap[officer]

    def path(self, seat: int, subject: str, seats: int) -> bool:
        """Find the shortest chain of hand-overs that ends at an officer below the cap, and make it."""
        before: Dict[str, Optional[Tuple[str, Tuple[int, str]]]] = {}
        line = deque(self.candidates(subject, seats))
        for officer in line:
            before[officer] = None
        while line:
            holder = line.popleft()
            held = [slot for slot, officer in self.seat.items() if officer == holder]
            for slot in sorted(held, key=lambda slot: (slot[0], self.place[slot[1]])):
                for officer in self.candidates(slot[1], seats):
                    if officer in before:
                        continue
                    before[officer] = (holder, slot)
                    if self.free(officer):
                        self.count(officer)
                        taker, link = officer, before[officer]
                        while link is not None:
                            giver, passed = link
                            self.seat[passed] = taker
                            taker, link = giver, before[giver]
                        self.seat[seat, subject] = taker
                        return True
                    line.append(officer)
        return False

    def fill(self, seat: int, subject: str, seats: int) -> None:
        while True:
            officer = self.first(subject, {self.seat.get((other, subject)) for other in range(seats)})
            if officer is not None:
                self.seat[seat, subject] = officer
                self.count(officer)
                return
            if self.path(seat, subject, seats):
                return
            self.taken.append([self.escalate(subject), subject, seat + 1])

    def run(self, seats: int) -> None:
        for seat in range(seats):
            for subject in self.queue:
                self.fill(seat, subject, seats)


def check_officers(report: Report, cert: Any, file: Any, scan: Optional[Scan], key: str) -> None:
    commit, seats = cert["commit"], cert["commit"]["officers"]["seats"]
    teams, order = cert["assignments"], [row[0] for row in cert["selected"]]
    wrong = [subject for subject, team in teams if len(set(team)) != len(team) or len(team) < max(seats, MIN_OFFICERS)]
    problem = "人数不足或重复：" + some(wrong) if wrong else ""
    if [subject for subject, _ in teams] != order:
        problem = "派员名单与抽中名单不对应"
    report.check("assignments.seats", "每户检查人员", problem)
    if file is None or scan is None:
        report.skip("assignments", "派员重算", "未提供名录和 officers.json（--officers）")
        return
    part = {name: value for name, value in file.items() if name != "recusals"}
    same = digest(part) == commit["officers"]["root"] and len(file["officers"]) == commit["officers"]["count"]
    report.check("officers.root", "执法人员名录", "" if same else "与承诺的人员名录不同")
    same = digest(file["recusals"]) == commit["recusals_root"]
    report.check("officers.recusals", "回避名单", "" if same else "与承诺的回避名单不同")
    recused = set(map(tuple, file["recusals"]))
    met = [s for s, team in teams for officer in team if (officer, s) in recused]
    report.check("assignments.recusal", "无应回避人员", some(met))
    drawn = [(row[2], row[0], scan.rows[row[0]][0]) for row in cert["selected"] if row[0] in scan.rows]
    if commit["officers"]["method"] == "direct":
        check_direct(report, cert, file, drawn)
        return
    if commit["officers"]["method"] != "deal/1":
        report.check("assignments", "派员重算", "不认识的派员方法 {}".format(commit["officers"]["method"]))
        return
    if len(drawn) != len(order):
        report.check("assignments", "派员重算", "抽中名单中有名录以外的户")
        return
    deal = Deal(drawn, file, key)
    try:
        deal.run(seats)
    except DealFailed as failure:
        report.check("assignments", "派员重算", "{} 派不足人员".format(failure))
        return
    expected = [[subject, [deal.seat[seat, subject] for seat in range(seats)]] for subject in order]
    differ = [row[0] for row, told in zip(expected, teams) if row != told]  # noqa: B905 - Python 3.8
    report.check("assignments", "派员重算", "与重算结果不同：" + some(differ) if expected != teams else "")
    report.check("escalated", "人员不足时的处理", "" if deal.taken == cert["escalated"] else "与重算结果不同")


def check_direct(report: Report, cert: Any, file: Any, drawn: List[Tuple[str, str, str]]) -> None:
    items, home = set(file["items"]), {identity: county for _, identity, county in drawn}
    county = {row[0]: row[1] for row in file["officers"] if items <= set(row[2])}
    opened = {value for what, value in file["escalation"] if what == "pool"}
    wrong = [s for s, team in cert["assignments"] for o in team if county.get(o) not in {home.get(s)} | opened]
    choice = cert.get("direct") or {}
    if not choice.get("reason") or not choice.get("approved_by") or choice["approved_by"] == choice.get("chosen_by"):
        wrong.append("缺少理由或另一人的审批")
    report.check("assignments", "直接选派（非随机）", "、".join(wrong[:5]))


# --- replacements -------------------------------------------------------------------------------------------

KINDS = {
    "void": {"subject", "reason", "evidence"},
    "reserve": {"for", "taken", "officers"},
    "fresh": {"for", "draw_id", "certificate_sha256", "taken", "teams"},
    "officer": {"subject", "seat", "out", "in", "reason"},
}
VOID_REASONS = {
    "deregistered": "名录时点前已注销",
    "duplicate": "与另一户重复",
    "wrong_jurisdiction": "不属本机关管辖",
    "court_order": "法院裁定",
}
OFFICER_REASONS = {"recusal_requested": "回避", "not_available": "不能到岗"}


class Replay:
    """Repeats the list of replacements over a draw; `problems` holds what is wrong, by the check's name."""

    def __init__(self, cert: Any, key: str = "", scan: Optional[Scan] = None, opened: Optional[Scan] = None) -> None:
        """Take the key of the tickets, the public rows, and the rows whose classes can be seen."""
        self.cert, self.key, self.scan, self.opened = cert, key, scan, opened
        self.teams: Dict[str, List[str]] = {subject: list(team) for subject, team in cert["assignments"]}
        self.stratum = {identity: stratum for identity, stratum, _ in cert["selected"]}
        self.used = set(self.stratum)
        self.barred = set((cert["commit"].get("replaces") or {}).get("without", []))
        self.void: Dict[int, str] = {}  # n → subject
        self.open: Set[int] = set()  # voids that nothing replaces yet
        self.off: Dict[str, Set[str]] = {}  # subject → officers who were taken off its team
        self.gone: Set[str] = set()  # officers who are not available
        self.story: Dict[str, List[str]] = {}  # subject → what became of it, in words
        self.deal: Optional[Deal] = None
        self.problems: Dict[str, List[str]] = {}
        self.kinds: Set[str] = set()

    def know_officers(self, file: Any, key: str) -> None:
        """Check the choice of officers too: by officers.json, under the steps that the draw had taken."""
        self.deal = Deal([], file, key)
        for _ in self.cert["escalated"]:
            self.deal.escalate("")
        for team in self.teams.values():
            self.hold(team, 1)

    def hold(self, team: List[str], by: int) -> None:
        for officer in team:
            if self.deal is not None:
                self.deal.count(officer, by)

    def wrong(self, name: str, number: int, what: str) -> None:
        self.problems.setdefault(name, []).append("第 {} 条{}".format(number, what))

    def tell(self, subject: str, words: str) -> None:
        self.story.setdefault(subject, []).append(words)

    def run(self) -> None:
        before = ""
        for number, entry in enumerate(self.cert["replacements"], 1):
            kind = entry.get("kind") if isinstance(entry, dict) else None
            if kind not in KINDS or set(entry) != KINDS[kind] | {"n", "at", "kind"} or entry["n"] != number:
                self.wrong("replacements", number, "的序号、类别或内容不对")
                return
            if entry["at"] < before or utc(entry["at"]) < 0:
                self.wrong("replacements", number, "的时间早于前一条")
            before = entry["at"]
            self.kinds.add(kind)
            step = {"void": self.drop, "reserve": self.reserve, "fresh": self.fresh, "officer": self.swap}[kind]
            try:
                step(number, entry)
            except (KeyError, TypeError, ValueError, IndexError, AttributeError):
                self.wrong("replacements", number, "的内容不对")
                return

    def drop(self, number: int, entry: Any) -> None:
        subject, evidence = entry["subject"], entry["evidence"]
        if entry["reason"] not in VOID_REASONS:
            self.wrong("replacements.void", number, "的作废原因不在清单中")
        if not evidence or len(set(evidence)) != len(evidence) or not all(map(HEX64.fullmatch, evidence)):
            self.wrong("replacements.void", number, "没有证据材料的摘要")
        if subject not in self.teams:
            self.wrong("replacements.void", number, "作废的不是在查的户")
            return
        self.hold(self.teams.pop(subject), -1)
        self.void[number] = subject
        self.open.add(number)
        self.tell(subject, "已作废（{}）".format(VOID_REASONS.get(entry["reason"], entry["reason"])))

    def take(self, name: str, number: int, row: List[str], stratum: str) -> None:
        """A subject comes in: it was never drawn, is in the pool, may be drawn, and is of the right stratum."""
        identity = row[0]
        if identity in self.used | self.barred:
            self.wrong(name, number, "补入的 {} 抽中过".format(identity))
        if row[1] != stratum:
            self.wrong(name, number, "补入的户与作废的户不属同一分类")
        for rows in (self.scan, self.opened):
            cells = rows.rows.get(identity) if rows else None
            if rows is not None and cells is None:
                self.wrong(name, number, "补入的 {} 不在名录中".format(identity))
            elif cells and cells[5] != "-" and (cells[5] != "1" or row[1] not in (cells[4], "*")):
                self.wrong(name, number, "补入的 {} 不可抽取，或不属该分类".format(identity))
        self.used.add(identity)
        self.stratum[identity] = row[1]

    def next_of(self, subject: str) -> Optional[List[str]]:
        """The eligible row of a subject's stratum with the smallest ticket that was never drawn: [id, ticket]."""
        assert self.opened is not None  # noqa: S101 - asked only where classes can be seen
        low = self.opened.low.get(self.opened.rows[subject][4], [])
        free = [(ticket, identity) for ticket, identity in low if identity not in self.used]
        return [min(free)[1], min(free)[0]] if free else None

    def reserve(self, number: int, entry: Any) -> None:
        name, taken, team = "replacements.reserve", entry["taken"], list(entry["officers"])
        if entry["for"] not in self.open:
            self.wrong(name, number, "补的不是空缺")
            return
        if self.cert["commit"]["rule"]["strata"].get("cells"):
            self.wrong(name, number, "：分格等距抽取没有候补")
        subject = self.void[entry["for"]]
        if len(taken) != 3 or sha("{}|{}".format(self.key, taken[0]).encode()) != taken[2]:
            self.wrong(name, number, "补入户的号码不对")
        known = self.opened is not None and subject in self.opened.rows
        if known and self.next_of(subject) != [taken[0], taken[2]]:
            self.wrong("replacements.next", number, "补入的不是本分类的下一户")
        self.take(name, number, taken, self.stratum[subject])
        self.open.discard(entry["for"])
        seats = self.cert["commit"]["officers"]["seats"]
        if len(team) != max(seats, MIN_OFFICERS) or len(set(team)) != len(team):
            self.wrong("replacements.officers", number, "的检查人员人数不足或重复")
        elif self.deal is not None and taken[0] in self.deal.home:
            chosen: List[str] = []
            for _ in team:
                officer = self.choose(taken[0], set(chosen))
                if officer is None:
                    break
                chosen.append(officer)
                self.hold([officer], 1)
            self.hold(chosen, -1)
            if chosen != team:
                self.wrong("replacements.officers", number, "的检查人员应为 {}".format(some(chosen) or "无人可派"))
        self.hold(team, 1)
        self.teams[taken[0]] = team
        self.tell(subject, "由 {} 补入".format(taken[0]))
        self.tell(taken[0], "作为候补补入，替换 {}".format(subject))

    def choose(self, subject: str, barred: Set[str]) -> Optional[str]:
        """The next in line by the load as it is now; takes committed steps when nobody is left."""
        assert self.deal is not None  # noqa: S101 - asked only with officers.json
        while True:
            officer = self.deal.first(subject, barred | self.gone)
            if officer is not None:
                return officer
            try:
                self.deal.escalate(subject)
            except DealFailed:
                return None

    def swap(self, number: int, entry: Any) -> None:
        name, subject, place = "replacements.officers", entry["subject"], entry["seat"] - 1
        team = self.teams.get(subject)
        if team is None or not 0 <= place < len(team) or team[place] != entry["out"]:
            self.wrong(name, number, "换下的不是该户该席位的检查人员")
            return
        if entry["reason"] not in OFFICER_REASONS:
            self.wrong(name, number, "的更换原因不在清单中")
        off = self.off.setdefault(subject, set())
        off.add(entry["out"])
        if entry["reason"] == "not_available":
            self.gone.add(entry["out"])
        if entry["in"] in set(team) | off | self.gone:
            self.wrong(name, number, "换上的人员在该户组内、已被换下或不能到岗")
        if self.deal is not None and subject in self.deal.home:
            right = self.choose(subject, set(team) | off)
            if right != entry["in"]:
                self.wrong(name, number, "换上的人员应为 {}".format(right or "无人可派"))
        self.hold([entry["out"]], -1)
        self.hold([entry["in"]], 1)
        team[place] = entry["in"]
        why = OFFICER_REASONS.get(entry["reason"], entry["reason"])
        self.tell(subject, "检查人员 {} 换为 {}（{}）".format(entry["out"], entry["in"], why))

    def fresh(self, number: int, entry: Any) -> None:
        name, voids, taken, teams = "replacements.fresh", entry["for"], entry["taken"], entry["teams"]
        if not voids or voids != sorted(set(voids)) or not set(voids) <= self.open:
            self.wrong(name, number, "补的不是空缺")
            return
        base = re.escape(fresh_number(self.cert["commit"]["draw_id"], voids, 1))
        if not re.fullmatch(base + "(-([2-9]|[1-9][0-9]+))?", entry["draw_id"]):
            self.wrong(name, number, "的补抽编号不对")
        if not HEX64.fullmatch(entry["certificate_sha256"]):
            self.wrong(name, number, "没有补抽凭证的摘要")
        room = Counter(self.stratum[self.void[void]] for void in voids)
        room.subtract(row[1] for row in taken)
        if min(room.values()) < 0:
            self.wrong(name, number, "补入的户与作废的户不属同一分类")
        if [row[0] for row in taken] != [identity for identity, _ in teams]:
            self.wrong(name, number, "补入的户与派员名单不对应")
        if any(len(set(team)) != len(team) or len(team) < MIN_OFFICERS for _, team in teams):
            self.wrong("replacements.officers", number, "的检查人员人数不足或重复")
        for row in taken:
            self.take(name, number, row, row[1])
            self.tell(row[0], "由补抽 {} 抽中，检查人员和以后的变化见补抽的凭证".format(entry["draw_id"]))
        for void in voids:
            self.tell(self.void[void], "由补抽 {} 补入".format(entry["draw_id"]))
        for _, team in teams:
            self.hold(team, 1)
        self.open.difference_update(voids)


def check_editions(report: Report, cert: Any, previous: List[bytes]) -> List[str]:
    """Check the chain of editions as far as they are given; return the hashes of the earlier ones that are known."""
    if not {"edition", "previous_sha256"} & set(cert) and not cert["replacements"]:
        return []
    edition, before, count = cert.get("edition"), cert.get("previous_sha256"), len(cert["replacements"])
    right = isinstance(edition, int) and 2 <= edition <= count + 1 and HEX64.fullmatch(before or "")
    report.check("edition", "凭证版本", "" if right else "有替换的凭证必须写明版本和前一版的摘要，每版至少一条替换")
    known, current, problem = [before], cert, ""
    if not previous:
        report.skip("edition.previous", "前一版凭证", "未提供前一版（--previous）")
        return [one for one in known if one]
    earlier = [(parse_json(data, "--previous"), sha(data)) for data in previous]
    for document, found in sorted(earlier, key=lambda pair: -int(pair[0].get("edition", 1))):
        mine = {"edition", "previous_sha256", "replacements"}
        kept = document["replacements"]
        if current.get("previous_sha256") != found or current.get("edition") != document.get("edition", 1) + 1:
            problem = problem or "第 {} 版不是前一版".format(document.get("edition", 1))
        elif {k: v for k, v in document.items() if k not in mine} != {k: v for k, v in cert.items() if k not in mine}:
            problem = problem or "第 {} 版的抽取内容不同".format(document.get("edition", 1))
        elif kept != current["replacements"][: len(kept)] or len(kept) >= len(current["replacements"]):
            problem = problem or "第 {} 版的替换被改动".format(document.get("edition", 1))
        current = document
        known.append(current.get("previous_sha256"))
    report.check("edition.previous", "前一版凭证", problem)
    return [one for one in known if one]


def check_replacements(report: Report, replay: Replay, file: Any, officer_key: str) -> None:
    """Repeat every replacement by its rule."""
    if file is not None and replay.scan is not None:
        try:
            replay.know_officers(file, officer_key)
        except DealFailed:
            replay.problems["replacements.officers"] = ["凭证所列的人员不足处理步骤不在承诺中"]
        if replay.deal is not None:
            replay.deal.home = {identity: cells[0] for identity, cells in replay.scan.rows.items()}
    replay.run()
    found, kinds = replay.problems, replay.kinds
    report.check("replacements", "替换", "；".join(found.get("replacements", [])[:5]))
    for which, chinese, needed, unable in (
        ("void", "作废", {"void"}, ""),
        ("reserve", "候补补入", {"reserve"}, ""),
        ("next", "候补是本分类的下一户", {"reserve"}, "" if replay.opened else "需要名录（遮蔽名录需 --private）"),
        ("officers", "替换的检查人员", {"reserve", "officer"}, "" if replay.deal else "未提供名录和 officers.json"),
        ("fresh", "补抽", {"fresh"}, ""),
    ):
        name = "replacements." + which
        if name in found:
            report.check(name, chinese, "；".join(found[name][:5]))
        elif kinds & needed and unable:
            report.skip(name, chinese, unable)
        elif kinds & needed:
            report.check(name, chinese)


def check_replaces(report: Report, cert: Any, parents: List[Tuple[str, Any]]) -> None:
    """A fresh draw: check that it replaces what its parent lacks, over the same pool; `parents`: (hash, document)."""
    commit = cert["commit"]
    replaces = commit["replaces"]
    parent = next((one for found, one in parents if found == replaces["certificate_sha256"]), None)
    if parent is None:
        if parents:
            report.check("replaces", "原抽取", "所给的凭证不是承诺所写的那一版")
        else:
            report.skip("replaces", "原抽取", "未提供原抽取的凭证（--parent）")
        return
    problem = ""
    replay, before = Replay(parent), parent["commit"]
    inherited = set((before.get("replaces") or {}).get("without", []))
    replay.run()
    if before["draw_id"] != replaces["draw_id"]:
        problem = "原抽取编号不同"
    elif any(before[part] != commit[part] for part in ("profile", "task", "policy", "pool", "rule")):
        problem = "名录或规则与原抽取不同"
    elif not set(replaces["n"]) <= replay.open:
        problem = "补的不是原抽取的空缺"
    elif replaces["without"] != sorted(replay.used | inherited):
        problem = "没有排除原抽取抽中过的所有户"
    elif [name for name, _, _ in commit["strata"]] != [name for name, _, _ in before["strata"]]:
        problem = "分类与原抽取不同"
    elif commit["profile"] == "masked":
        all_n, all_k = (sum(row[at] for row in commit["strata"]) for at in (1, 2))
        if all_n != sum(n for _, n, _ in before["strata"]) - len(replay.used) or all_k > len(replaces["n"]):
            problem = "户数与原抽取的空缺不符"
    else:
        gone = Counter(replay.stratum[identity] for identity in replay.used)
        voids = Counter(replay.stratum[replay.void[number]] for number in replaces["n"])
        right = [[name, n - gone[name], min(voids[name], n - gone[name])] for name, n, _ in before["strata"]]
        if right != commit["strata"]:
            problem = "各分类户数与原抽取的空缺不符"
    report.check("replaces", "原抽取", problem)


# --- the whole ---------------------------------------------------------------------------------------------


def limits_of(cert: Any) -> Dict[str, str]:
    """Up to which ticket a stratum's drawn and reserve go: its last reserve, or its threshold."""
    found = {}
    for part in cert["strata"]:
        last = part["reserve"][-1][1] if part["reserve"] else part["threshold"]
        if last is not None:
            found[part["stratum"]] = max(last, part["threshold"] or last)
    return found


def collected(cert: Any) -> Dict[str, str]:
    """Up to which ticket rows are kept: as far as any replacement reaches, too."""
    found = limits_of(cert)
    for entry in cert["replacements"]:
        if isinstance(entry, dict) and entry.get("kind") == "reserve" and len(entry["taken"]) == 3:
            _, stratum, ticket = entry["taken"]
            for name in [part["stratum"] for part in cert["strata"]] if stratum == "*" else [stratum]:
                if HEX64.fullmatch(ticket):
                    found[name] = max(found.get(name, ""), ticket)
    return found


def named(cert: Any) -> Set[str]:
    """Every subject that the certificate names."""
    found = {row[0] for row in cert["selected"]}
    for entry in cert["replacements"]:
        if isinstance(entry, dict) and entry.get("kind") == "reserve":
            found.add(entry["taken"][0])
        elif isinstance(entry, dict) and entry.get("kind") == "fresh":
            found.update(row[0] for row in entry["taken"])
    return found


def masked_class(salt: str, credit_class: str, eligible: str) -> str:
    hidden = hashlib.sha256("{}|{}|{}".format(salt, credit_class, eligible).encode()).digest()
    return base64.urlsafe_b64encode(hidden).decode()[:22]


def open_private(report: Report, public: List[str], private: str, master: str) -> List[str]:
    """Open every masked row with the auditor's secret; return the lines of the private pool."""
    secret = bytes.fromhex(read_bytes(master).decode().strip())
    lines = read_bytes(private).decode("utf-8").split("\n")
    problem = "" if lines.pop() == "" else "私有名录最后一行没有换行"
    if len(lines) != len(public):
        problem = "私有名录 {} 户，公开名录 {} 户".format(len(lines), len(public))
    for line, shown in zip(lines, public):  # noqa: B905 - Python 3.8; lengths are compared above
        cells = line.split("\t")
        salt = hmac.new(secret, cells[0].encode(), hashlib.sha256).hexdigest()
        if "\t".join([*cells[:5], masked_class(salt, *cells[5:7]), "-"]) != shown:
            problem = problem or "{} 一行打不开".format(cells[0])
    report.check("masked.opening", "逐户打开遮蔽值", problem)
    return lines


def check_pool(
    report: Report, cert: Any, options: argparse.Namespace, keys: Dict[str, str]
) -> Tuple[Optional[Scan], Optional[Scan]]:
    """Check the pool; return what it shows to everybody, and the same where the classes can be seen."""
    if options.pool is None:
        report.skip("pool", "名录", "未提供名录，只核验凭证本身")
        return None, None
    commit, masked, key = cert["commit"], cert["commit"]["profile"] == "masked", keys["subject"]
    lines = check_pool_bytes(report, commit["pool"], read_bytes(options.pool))
    wanted = named(cert) | ({options.company} if options.company else set())
    scan = Scan(commit, collected(cert), masked, wanted)
    scan.run(lines, key)
    scan.tell(report)
    opened = None if masked else scan
    if masked and options.private:
        opened = Scan(commit, collected(cert), False, wanted)
        opened.run(open_private(report, lines, *options.private), key)
        opened.tell(report)
    report.check("ghosts", "抽中的都在名录中", some(row[0] for row in cert["selected"] if row[0] not in scan.rows))
    if opened is None:
        report.skip("selected", "各分类逐户核验", "分类已遮蔽，需审计人员以 --private 核验")
        return scan, None
    check_counts(report, cert, opened)
    check_selection(report, cert, opened, keys)
    return scan, opened


def tell_company(
    report: Report, cert: Any, options: argparse.Namespace, scan: Optional[Scan], key: str, replay: Replay
) -> None:
    """Say what became of one firm, and check it as far as the files at hand allow."""
    identity = options.company
    ticket = sha("{}|{}".format(key, identity).encode())
    print("  {} 的号码：{}".format(identity, ticket))
    strata = {part["stratum"]: part for part in cert["strata"]}
    own = next((row for row in cert["selected"] if row[0] == identity), None)
    team = replay.teams.get(identity)
    print("  " + ("已抽中" if own else "抽取时未抽中"))
    for words in replay.story.get(identity, []):
        print("  " + words)
    if team:
        print("  检查人员：" + "、".join(team))
    cells = scan.rows.get(identity) if scan else None
    if scan is not None and cells is None:
        report.check("company", "该户", "抽中名单中有、名录中没有" if own else "")
        print("  该户不在待抽名录中")
        return
    if cells_of(cert["commit"]):
        report.skip("company", "该户", "分格等距抽取只能由整个名录重算" if scan is None else "已随整个名录重算")
        return
    if identity in set((cert["commit"].get("replaces") or {}).get("without", [])):
        report.check("company", "该户", "原抽取抽中过却又抽中" if own else "")
        print("  该户在原抽取中抽中过，不再参加补抽")
        return
    credit_class, eligible = (cells[4], cells[5]) if cells else (own[1] if own else "", "1")
    if eligible == "-" and options.salt:
        found = [(c, e) for c in strata for e in "10" if masked_class(options.salt, c, e) == credit_class]
        report.check("company.salt", "该户盐值", "" if found else "盐值打不开该户的遮蔽值")
        credit_class, eligible = found[0] if found else ("", "-")
    if credit_class not in strata:
        for name, part in strata.items():
            under = part["threshold"] is not None and ticket <= part["threshold"]
            print("  如属 {} 类且可抽取：{}".format(name, "应抽中" if under else "不应抽中"))
        possible = not own or any(part["threshold"] and ticket <= part["threshold"] for part in strata.values())
        report.check("company", "该户", "" if possible else "号码大于所有门槛却被抽中")
        return
    threshold = strata[credit_class]["threshold"]
    due = eligible == "1" and threshold is not None and ticket <= threshold
    print("  {} 类，{}，门槛 {}".format(credit_class, "可抽取" if eligible == "1" else "不可抽取", threshold))
    report.check("company", "该户", "" if due == bool(own) else ("应抽中而未抽中" if due else "不应抽中而抽中"))


def read_list(report: Report, name: str, told: Any, path: Optional[str], beside: str) -> List[Any]:
    """Read a long list from the file beside the certificate, and check it against its root."""
    if told["file"] != name + ".tsv" or told["page_rows"] != PAGE_ROWS:
        report.check(name + ".file", told["file"], "文件名或每页行数不对")
        return []
    data = read_bytes(path or os.path.join(os.path.dirname(beside), told["file"]))
    rows = data.decode("utf-8").split("\n")
    problem = "最后一行没有换行" if rows.pop() != "" else ""
    leaves = [
        hashlib.sha256(b"\x00" + ("\n".join(rows[start : start + PAGE_ROWS]) + "\n").encode()).digest()
        for start in range(0, len(rows), PAGE_ROWS)
    ]
    if (len(rows), len(leaves)) != (told["rows"], told["pages"]):
        problem = problem or "{} 行 {} 页，与凭证不同".format(len(rows), len(leaves))
    elif merkle_root(leaves).hex() != told["root"]:
        problem = problem or "与凭证的根不同"
    report.check(name + ".file", told["file"], problem)
    cells = [row.split("\t") for row in rows]
    return cells if name == "selected" else [[row[0], row[1:]] for row in cells]


def whole_file(path: str) -> Tuple[str, Any]:
    """A certificate's hash, and its document with the long lists in place."""
    data, beside = read_bytes(path), argparse.Namespace(certificate=path, selected=None, assignments=None)
    return sha(data), with_lists(Quiet(), parse_json(data, path), beside)


def with_lists(report: Report, cert: Any, options: argparse.Namespace) -> Any:
    """The certificate with its long lists in place."""
    lists = {
        name: read_list(report, name, cert[name], path, options.certificate)
        for name, path in (("selected", options.selected), ("assignments", options.assignments))
        if isinstance(cert[name], dict)
    }
    return dict(cert, **lists)


def fresh_problem(entry: Any, told: Any, used: Set[str], known: Optional[List[str]]) -> str:
    """What a fresh draw's certificate has to do with the entry that repeats it; "" when they agree."""
    replaces = told["commit"].get("replaces") or {}
    if told["commit"]["draw_id"] != entry["draw_id"] or replaces.get("n") != entry["for"]:
        return "补抽的编号或所补空缺不同"
    if told["selected"] != entry["taken"] or told["assignments"] != entry["teams"]:
        return "补入的户或人员与补抽的结果不同"
    if not used <= set(replaces["without"]):
        return "补抽没有排除原抽取抽中过的所有户"
    return "" if known is None or replaces["certificate_sha256"] in known else "补抽承诺的不是原抽取的前一版"


def check_fresh(
    report: Report, cert: Any, options: argparse.Namespace, known: Optional[List[str]], editions: List[Tuple[str, Any]]
) -> None:
    """Verify the fresh draws that took replacements, and that this certificate repeats what they took."""
    given = {sha(read_bytes(pair[0])): pair for pair in options.fresh}
    used = {row[0] for row in cert["selected"]}
    for entry in cert["replacements"]:
        if entry["kind"] == "reserve":
            used.add(entry["taken"][0])
        if entry["kind"] != "fresh":
            continue
        chinese, files = "补抽 " + entry["draw_id"], given.get(entry["certificate_sha256"])
        if files is None and given:
            report.check("fresh", chinese, "所给的凭证都不是清单所写的那一份")
        elif files is None:
            report.skip("fresh", chinese, "未提供补抽的凭证（--fresh）")
        if files is None:
            continue
        _, told = whole_file(files[0])
        report.check("fresh", chinese, fresh_problem(entry, told, used, known))
        wanted = (told["commit"].get("replaces") or {}).get("certificate_sha256")
        inner = argparse.Namespace(**vars(options))
        inner.certificate, inner.officers = files[0], files[1] if len(files) > 1 else None
        inner.company = inner.salt = inner.commit = inner.selected = inner.assignments = None
        inner.previous, inner.fresh, inner.parents = [], [], [one for one in editions if one[0] == wanted]
        report.prefix = "fresh."
        verify_one(report, inner)
        report.prefix = ""
        used.update(row[0] for row in entry["taken"])


def verify_one(report: Report, options: argparse.Namespace) -> Any:
    """Run every check that the given files allow; return the certificate."""
    data = read_bytes(options.certificate)
    told = parse_json(data, options.certificate)
    check_commit(report, told, options.commit)
    check_log(report, told, options.log_key)
    check_quota(report, told)
    keys = check_seed(report, told)
    cert = with_lists(report, told, options)
    check_tickets(report, cert, keys["subject"])
    scan, opened = check_pool(report, cert, options, keys)
    file = read_json(options.officers) if options.officers else None
    check_officers(report, cert, file, opened or scan, keys["officer"])
    if cert["commit"].get("replaces") is not None:
        check_replaces(report, cert, options.parents)
    previous = [read_bytes(path) for path in options.previous]
    known = check_editions(report, told, previous)
    replay = Replay(cert, keys["subject"], scan, opened)
    check_replacements(report, replay, file, keys["officer"])
    if "replacements" not in replay.problems:
        lists = {"selected": cert["selected"], "assignments": cert["assignments"]}
        editions = [(sha(one), dict(parse_json(one, "--previous"), **lists)) for one in [data, *previous]]
        complete = len(editions) == told.get("edition", 1)
        check_fresh(report, cert, options, known if complete else None, editions)
    result = digest([told["selected"], told["assignments"]])
    report.check("result", "结果摘要", "" if result == told["result_sha256"] else "算得 {}".format(result))
    if options.company:
        tell_company(report, cert, options, opened or scan, keys["subject"], replay)
    return cert


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(description="核验 sunlot-draw/1 抽取凭证")
    parser.add_argument("certificate", metavar="CERT", help="certificate.json")
    parser.add_argument("pool", metavar="POOL", nargs="?", help="pool.tsv")
    parser.add_argument("--officers", metavar="OFFICERS", help="officers.json")
    parser.add_argument("--company", metavar="ID", help="统一社会信用代码")
    parser.add_argument("--salt", metavar="HEX", help="该户自己的盐值（遮蔽名录）")
    parser.add_argument("--private", metavar=("POOL", "MASTER"), nargs=2, help="私有名录和主密钥文件（审计）")
    parser.add_argument("--commit", metavar="SHA256", help="抽取前记下的承诺摘要")
    parser.add_argument("--log-key", metavar="KEY", help="公开日志的公钥（name+hash+base64）")
    parser.add_argument("--previous", metavar="CERT", nargs="+", default=[], help="此前各版凭证")
    parser.add_argument(
        "--fresh", metavar="FILE", nargs="+", default=[], action="append", help="补抽的凭证及其 officers.json，可多次"
    )
    parser.add_argument("--parent", metavar="CERT", dest="parents", nargs="+", default=[], help="补抽所补的原抽取凭证")
    parser.add_argument("--selected", metavar="FILE", help="selected.tsv（默认在凭证旁边）")
    parser.add_argument("--assignments", metavar="FILE", help="assignments.tsv（默认在凭证旁边）")
    options = parser.parse_args(arguments)
    if options.pool is None and not options.company:
        parser.error("请提供名录 POOL，或用 --company 只核验一户")
    report = Report()
    try:
        options.parents = [whole_file(path) for path in options.parents]
        cert = verify_one(report, options)
    except Unreadable as error:
        print("{} 无法读取：{}".format(FAILED, error))
        return 2
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        print("{} 凭证或文件的结构不对 [structure]：{!r}".format(FAILED, error))
        return 1
    if report.failed:
        print("核验未通过：{}".format("、".join(report.failed)))
        return 1
    print("核验通过：抽取 {} 可由任何人重复，结果一致".format(cert["commit"]["draw_id"]))
    return 0


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.exit(main())
