#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the numbered migrations as a C table: embed.py OUT.c 0001-a.sql 0002-b.sql ..."""
import os
import re
import sys


def c_string(text):
    lines = [line.replace("\\", "\\\\").replace('"', '\\"') for line in text.splitlines()]
    return "\n".join('\t\t  "%s\\n"' % line.replace("\t", "\\t") for line in lines)


def main():
    out, names = sys.argv[1], sorted(sys.argv[2:], key=os.path.basename)
    with open(out, "w", encoding="ascii") as c:
        c.write('#include "store/store.h"\n\nconst struct tsr_migration tsr_migrations[] = {\n')
        for want, path in enumerate(names, 1):
            base = os.path.basename(path)
            match = re.fullmatch(r"(\d{4})-([a-z0-9-]+)\.sql", base)
            if not match or int(match.group(1)) != want:
                sys.exit("%s: migrations are numbered 0001-name.sql and on without a gap" % base)
            with open(path, encoding="ascii") as sql:
                c.write('\t{ .version = %d,\n\t  .name = "%s",\n\t  .sql =\n%s },\n'
                        % (want, match.group(2), c_string(sql.read())))
        c.write("};\nconst size_t tsr_n_migrations = %d;\n" % len(names))


main()
