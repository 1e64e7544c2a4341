"""The error tree: an error is a class named after the fact, and carries what to do in the user's language.

```
SunlotError
├── Invalid        the input is wrong; names fields, rows, columns      (422)
├── NotFound       what is named does not exist or is not yours to see  (404)
├── NotSignedIn    nobody is signed in, or the session has ended        (401)
├── NotAllowed     this role, county or person may not do this          (403)
├── OutOfOrder     the step is refused in this state; says what is missing (409)
├── TooLarge       what is sent is larger than any that is taken        (413)
├── TooOften       more requests than agreed; says after how many seconds (429)
└── Unavailable    a part that this needs does not answer now           (503)
```
The numbers are given here for the reader only: `libs.common.http.problems` alone knows HTTP.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing to mend: the field, what to do about it, and the row (from 1) when it came in a file."""

    field: str
    message: str
    row: int | None = None


class SunlotError(Exception):
    """Base of all refusals; `detail` is a Chinese sentence that says what to do, `title` its kind if not the usual."""

    title = ""
    detail = "操作未能完成，请稍后重试。"

    def __init__(self, detail: str | None = None, *, fields: Sequence[FieldError] = ()) -> None:
        self.detail = detail or type(self).detail
        self.fields = tuple(fields)
        super().__init__(self.detail)

    @property
    def slug(self) -> str:
        """The class name as a stable machine word: `PoolAlreadyFrozen` → `pool-already-frozen`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", type(self).__name__).lower()


class Invalid(SunlotError):
    """The input is wrong."""

    detail = "填写的内容有误，请按提示修改。"


class NotFound(SunlotError):
    """What is named does not exist, or is outside the actor's counties."""

    detail = "没有找到，请核对编号。"


class NotSignedIn(SunlotError):
    """Nobody is signed in; `scheme` names the way in which a program shows who it is."""

    scheme = "Bearer"
    detail = "尚未登录或登录已过期，请重新登录。"


class NotAllowed(SunlotError):
    """This role, county or person may not do this."""

    detail = "您的角色无权进行此操作。"


class OutOfOrder(SunlotError):
    """The step is refused in this state."""

    detail = "当前状态不能进行这一步。"


class TooLarge(SunlotError):
    """What is sent is larger than any that is taken."""

    detail = "提交的内容或文件过大，请精简或拆分后重新提交。"


class TooOften(SunlotError):
    """More requests came than were agreed: at most `burst` at once, again after `retry_after` seconds."""

    detail = "请求过于频繁，请按 Retry-After 所示的秒数稍后重试；如需更高的频率，请联系系统管理员。"

    def __init__(self, burst: int, retry_after: int) -> None:
        super().__init__()
        self.burst = burst
        self.retry_after = retry_after


class Unavailable(SunlotError):
    """A part that this needs does not answer now."""

    detail = "系统暂时繁忙，请稍后重试。"
