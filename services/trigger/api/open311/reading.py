"""What a client sends by POST, read and checked; descriptions of errors never repeat a value."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.requests import Request

from services.trigger.api.open311.route import Refused
from services.trigger.domain.open311 import LONGEST_DESCRIPTION, SERVICES, Service, attribute_errors

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,100})\](?:\[\])?")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{1,30})?")
_LONGEST = {"address_string": 300, "address_id": 100, "media_url": 2000, "email": 254}
_LONGEST_OTHER = 100  # characters


@dataclass(frozen=True, slots=True)
class Sent:
    """A form: single values by name, of which `media_url` alone may be several lines, and answers to questions."""

    values: dict[str, str]
    attributes: dict[str, list[str]] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """The value, trimmed; an empty one counts as not sent (GeoReport v2, Optional Arguments)."""
        return self.values.get(name, "").strip()


async def read_form(request: Request) -> Sent:
    """The form as it was sent. Raises Refused."""
    kind = request.headers.get("content-type", "").lower()
    if not kind.startswith(_FORMS):
        raise Refused(400, "send the arguments as application/x-www-form-urlencoded / 请以表单方式提交")
    if kind.startswith("multipart/"):
        form = await request.form(max_files=0)
        return _sent((name, value) for name, value in form.multi_items() if isinstance(value, str))
    try:
        # Not by request.form(), which takes what was not encoded for Latin-1 and makes rubbish of it.
        return _sent(parse_qsl((await request.body()).decode(), keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError:
        raise Refused(400, "the form is not encoded as UTF-8 / 请以 UTF-8 编码提交") from None


def _sent(form: Iterable[tuple[str, str]]) -> Sent:
    values: dict[str, str] = {}
    attributes: dict[str, list[str]] = defaultdict(list)
    for name, value in form:
        if asked := _ATTRIBUTE.fullmatch(name):
            attributes[asked[1]].append(value.strip())
        elif name == "media_url" and name in values:  # mySociety's clients send one for each photograph
            values[name] += f"\n{value}"
        else:
            values[name] = value
    return Sent(values, dict(attributes))


def service_of(sent: Sent) -> Service:
    """The service that is asked for. Raises Refused."""
    code = sent.get("service_code")
    if not code:
        raise Refused(400, "service_code was not provided / 缺少 service_code")
    if code not in SERVICES:
        raise Refused(404, "service_code provided was not found / service_code 不存在")
    return SERVICES[code]


def check_request(sent: Sent) -> None:
    """Raise Refused that names everything that is missing or wrong."""
    wrong = attribute_errors(sent.attributes)
    lat, long = sent.get("lat"), sent.get("long")
    if bool(lat) != bool(long):
        wrong.append("lat and long must both be provided / lat 与 long 须同时提供")
    elif lat and not (_within(lat, 90) and _within(long, 180)):
        wrong.append("lat or long is not a WGS84 coordinate / 坐标无效")
    elif not (lat or sent.get("address_string") or sent.get("address_id")):
        wrong.append("a location was not provided: lat and long, or address_string, or address_id / 缺少地点")
    if not sent.get("description"):
        wrong.append("description was not provided / 请填写反映内容")
    wrong += too_long(sent)
    if wrong:
        raise Refused(400, *wrong)


def too_long(sent: Sent) -> list[str]:
    """What is longer than we take."""
    return [
        f"{name} is longer than {most} characters / 内容过长"
        for name in sorted(sent.values)
        if len(sent.values[name])
        > (most := LONGEST_DESCRIPTION if name == "description" else _LONGEST.get(name, _LONGEST_OTHER))
    ]


def _within(text: str, most: float) -> bool:
    return bool(_DECIMAL.fullmatch(text)) and abs(float(text)) <= most


def reporter_name(sent: Sent) -> str:
    """Family name before given name, as Chinese names are written; with a space between words of Latin letters."""
    parts = [part for part in (sent.get("last_name"), sent.get("first_name")) if part]
    return (" " if all(part.isascii() for part in parts) else "").join(parts)


def protected(sent: Sent) -> dict[str, str]:
    """What is encrypted field by field; the answers to questions stand with the description."""
    answers = {"period": "发生时间", "amount": "涉及金额（元）", "workers": "涉及人数"}
    said = [
        f"{title}：{sent.attributes[code][0]}" for code, title in answers.items() if any(sent.attributes.get(code, ()))
    ]
    lat, long = sent.get("lat"), sent.get("long")
    return {
        "content": "\n".join([sent.get("description"), *said]),
        "address": sent.get("address_string") or sent.get("address_id"),
        "position": f"{long}, {lat}" if lat else "",
        "reporter_name": reporter_name(sent),
        "reporter_phone": sent.get("phone"),
        "reporter_email": sent.get("email"),
        "media": sent.get("media_url"),
    }


def answer_to(sent: Sent, code: str) -> str:
    """The one answer to a question, or nothing."""
    return next((answer for answer in sent.attributes.get(code, ()) if answer), "")
