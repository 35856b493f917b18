/* SPDX-License-Identifier: BSD-2-Clause */
/* A shared object whose tcpassay_stack_plugin is something else altogether. */
extern const char tcpassay_stack_plugin __attribute__((visibility("default")));
const char tcpassay_stack_plugin = 1;
