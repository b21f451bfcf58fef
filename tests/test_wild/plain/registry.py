"""The formats whose damaged files are tried, by name; a new format adds its module and its line."""

from __future__ import annotations

from test_wild.plain import (
    cclabeler,
    crowdhuman,
    cvat,
    dm_count,
    fdst,
    gcc,
    headhunter,
    iim,
    jhu,
    label_studio,
    labelme,
    nwpu,
    p2pnet,
    rgbdsyn,
    shanghaitech,
    ucf_cc_50,
    ucf_qnrf,
    via,
    voc,
    vscrowd,
    worldexpo,
    yolo,
)
from test_wild.plain.plain import Plain

PLAIN: dict[str, Plain] = {
    "worldexpo": worldexpo.PLAIN,
    "dm_count": dm_count.PLAIN,
    "gcc": gcc.PLAIN,
    "headhunter": headhunter.PLAIN,
    "iim": iim.PLAIN,
    "jhu": jhu.PLAIN,
    "nwpu": nwpu.PLAIN,
    "p2pnet": p2pnet.PLAIN,
    "rgbdsyn": rgbdsyn.PLAIN,
    "shanghaitech": shanghaitech.PLAIN,
    "ucf_cc_50": ucf_cc_50.PLAIN,
    "ucf_qnrf": ucf_qnrf.PLAIN,
    "labelme": labelme.PLAIN,
    "vscrowd": vscrowd.PLAIN,
    "cclabeler": cclabeler.PLAIN,
    "via": via.PLAIN,
    "fdst": fdst.PLAIN,
    "crowdhuman": crowdhuman.PLAIN,
    "voc": voc.PLAIN,
    "label_studio": label_studio.PLAIN,
    "yolo": yolo.PLAIN,
    "cvat": cvat.PLAIN,
}
