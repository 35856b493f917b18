/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two halves of the terminal report share. */
#ifndef HARNESS_REPORT_HUMAN_H
#define HARNESS_REPORT_HUMAN_H

#include "report/report.h"

/** A string of the object, "" if there is none. */
const char *human_get(const json_t *object, const char *key);
/** TEXT in the colour of the verdict. */
void human_colored(FILE *out, enum verdict v, const char *text, const struct style *style);

#endif
