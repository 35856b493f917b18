/* SPDX-License-Identifier: BSD-2-Clause */
/* What is looked at below the level of YAML: octets, and scalars that mean several things. */
#ifndef HARNESS_SCENARIO_YAML_SCAN_H
#define HARNESS_SCENARIO_YAML_SCAN_H

#include "scenario/yaml_errors.h"

/**
 * Look for what no rule file holds: octets that are not UTF-8, NUL and other control characters,
 * tabs, line ends that only some readers know. False with errors if there are any.
 */
bool yaml_scan_octets(struct yaml_errors *errors);
/** Whether a scalar holds control characters (from an escape as "\e"); line ends are fine. */
bool yaml_has_controls(const char *text, size_t len);
/** What a plain scalar is to some version of YAML beside text or a plain number; NULL: nothing. */
const char *yaml_ambiguous(const char *text);

#endif
