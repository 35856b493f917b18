# fuzz_conn_lwip from lwIP's sources (2.1 and later) in TCPASSAY_LWIP_SOURCE, built with the flags of this
# build: instrumented, and under its sanitizers. What it is built to do is lwipopts.h beside this file.
set(core ${TCPASSAY_LWIP_SOURCE}/src/core)
if(NOT EXISTS ${core}/tcp_in.c)
    message(FATAL_ERROR "TCPASSAY_LWIP_SOURCE=${TCPASSAY_LWIP_SOURCE}: no src/core/tcp_in.c there")
endif()
file(GLOB sources ${core}/*.c ${core}/ipv4/*.c ${core}/ipv6/*.c)
# The clock that it reads for timers of its own, none of which is let run.
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/sys_now.c CONTENT [[
#include <lwip/sys.h>
u32_t sys_now(void)
{
    return 0;
}
]])
list(APPEND sources ${TCPASSAY_LWIP_SOURCE}/src/netif/ethernet.c ${CMAKE_CURRENT_BINARY_DIR}/sys_now.c)
add_library(fuzz_lwip STATIC ${sources})
target_include_directories(fuzz_lwip SYSTEM PUBLIC ${CMAKE_CURRENT_LIST_DIR}
                           ${TCPASSAY_LWIP_SOURCE}/src/include)
target_compile_options(fuzz_lwip PRIVATE -w) # its warnings are its own
tcpassay_fuzz(lwip ${CMAKE_SOURCE_DIR}/harness/stacks/lwip.c LIBRARIES fuzz_lwip)
