"""What a record still lacks: everything at once, each with the article that asks for it."""

from collections.abc import Iterator

from libs.common import clock
from libs.common.errors import FieldError
from services.inspection.domain import codes
from services.inspection.domain.case import Case
from services.inspection.domain.follow_up import derived
from services.inspection.domain.record import Record, field_id
from services.inspection.domain.team import MIN_OFFICERS


def missing(case: Case, record: Record) -> list[FieldError]:
    """Every reason why the record can't be handed in, in the order of the page; empty: it can."""
    return [
        *_case(case),
        *_visit(record),
        *_items(record),
        *_non_cooperation(record),
        *_conclusion(case, record),
        *_signature(record),
    ]


def _case(case: Case) -> Iterator[FieldError]:
    if case.approved_at is None:
        yield FieldError("approval", "紧急检查尚未补办审批，请本单位负责人先补办")
    if len(case.present) < MIN_OFFICERS:
        yield FieldError("certificates_shown", "出示证件的检查人员不足两人（细则第十条）")


def _visit(record: Record) -> Iterator[FieldError]:
    if not record.visit.methods:
        yield FieldError("methods", "请选择核查方式，可多选（细则第九条）")
    if record.visit.ended_at is None:
        yield FieldError("ended_at", "请填写检查结束时间（细则第十四条的公示期限由此起算）")


def _items(record: Record) -> Iterator[FieldError]:
    terminal = record.conclusion.subject_result in codes.TERMINAL
    for item in record.check_table:
        entry, name = record.item(item.code), f"item/{item.code}"
        if terminal:
            if entry.result:
                yield FieldError(
                    field_id(name, "result"), f"检查对象已不存在，请清除“{item.name}”的单项结果，或更改检查结论"
                )
        elif not entry.result:
            yield FieldError(field_id(name, "result"), f"请填写“{item.name}”的检查结果（细则第十条）")
        elif entry.result != codes.PASSED and not entry.facts.strip():
            what = "请如实记录检查情况" if entry.result == codes.FAILED else "请注明原因"
            yield FieldError(field_id(name, "facts"), f"“{item.name}”{entry.result}，{what}（细则第十条）")


def _non_cooperation(record: Record) -> Iterator[FieldError]:
    for kind in codes.NON_COOPERATION:
        name = f"non_cooperation/{kind}"
        if kind in record.non_cooperation and not record.evidence_about(name):
            yield FieldError(
                field_id(name, "file"), f"不予配合情形（{'一二三四'[kind - 1]}）须留取证据，请上传（细则第十二条）"
            )
        elif kind not in record.non_cooperation and record.evidence_about(name):
            yield FieldError(
                field_id(name, "facts"), f"不予配合情形（{'一二三四'[kind - 1]}）须做好记录，请填写经过（细则第十二条）"
            )


def _conclusion(case: Case, record: Record) -> Iterator[FieldError]:
    conclusion = record.conclusion
    if not conclusion.subject_result:
        yield FieldError("subject_result", "请选择检查结论")
        return
    yield from _result_fits(record)
    yield from _follow_up_fits(case, record)


def _result_fits(record: Record) -> Iterator[FieldError]:
    result = record.conclusion.subject_result
    failed = [item for item in record.check_table if record.item(item.code).result == codes.FAILED]
    title = codes.SUBJECT_RESULTS[result]
    if failed and result not in codes.WITH_PROBLEM and result not in codes.TERMINAL:
        yield FieldError(
            "subject_result", f"“{failed[0].name}”不合格，检查结论不能是“{title}”，请更改结论或核对单项结果"
        )
    if not failed and result in {codes.RECTIFY, codes.PENDING}:
        yield FieldError("subject_result", f"没有不合格的事项，检查结论不能是“{title}”，请核对单项结果")
    if record.non_cooperation and result == codes.NO_PROBLEM:
        yield FieldError("subject_result", "已记录不予配合情形，检查结论不能是“未发现问题”，请更改结论（细则第十二条）")
    if result == codes.GRAVE and not record.non_cooperation:
        yield FieldError(
            "facts-1", "结论为“不配合检查情节严重”的，请至少记录一种不予配合情形并上传证据（细则第十二条）"
        )


def _follow_up_fits(case: Case, record: Record) -> Iterator[FieldError]:
    conclusion, kind = record.conclusion, derived(record.conclusion)
    if conclusion.subject_result == codes.NO_PROBLEM and kind != codes.NONE:
        yield FieldError("follow_up", "未发现问题的，后续处置应为“无需后续处置”，请更改（细则第十五条）")
    if conclusion.subject_result in codes.WITH_PROBLEM and kind == codes.NONE:
        yield FieldError("follow_up", "发现问题或不予配合的，请选择后续处置（细则第十五条）")
    if conclusion.subject_result == codes.RECTIFY and kind != codes.RECTIFICATION:
        yield FieldError("follow_up", "已责令改正的，后续处置应为“责令改正并跟踪”，请更改（细则第十五条）")
    if kind == codes.RECTIFICATION:
        ended = record.visit.ended_at or case.started_at
        if conclusion.rectify_by is None:
            yield FieldError("rectify_by", "请填写整改期限（细则第十五条）")
        elif ended and conclusion.rectify_by <= clock.china_date(ended):
            yield FieldError("rectify_by", "整改期限应在检查结束之后")
        if not conclusion.requirements.strip():
            yield FieldError("requirements", "请填写整改要求，将写入责令整改通知书（细则第十三条）")


def _signature(record: Record) -> Iterator[FieldError]:
    signature = record.signature
    if not signature.kind:
        # Only an on-site check asks for a signature; any other may have one.
        if codes.ON_SITE in record.visit.methods or not record.visit.methods:
            yield FieldError("kind", "请法定代表人（负责人）或授权人签名或者盖章；无法取得的，请注明原因（细则第十条）")
    elif signature.kind == codes.REFUSED:
        if not signature.reason.strip():
            yield FieldError("reason", "请注明无法取得签名或盖章的原因（细则第十条）")
        if not signature.witness.strip() and not signature.no_witness_reason.strip():
            yield FieldError("witness", "请填写见证人；没有见证人的，请说明原因（细则第十条）")
    elif not signature.signer.strip():
        yield FieldError("signer", "请填写签名人或盖章单位（细则第十条）")
