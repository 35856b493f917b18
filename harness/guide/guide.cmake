# The guide: tcpref and its adapter once more, instrumented, as one object that shows `stacks_guide` alone.
set(guide_coverage -fsanitize-coverage=trace-pc)
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
    # What a report of coverage counts is the stack itself, not this second one.
    set(guide_coverage -fsanitize-coverage=edge,trace-pc -fno-profile-instr-generate -fno-coverage-mapping)
    if(TCPASSAY_FUZZ)
        list(PREPEND guide_coverage -fno-sanitize=fuzzer-no-link)
    endif()
endif()
file(GLOB guide_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/stack/src/*.c)
# The checksum's loops tell nothing, and are most of the work where they are slow.
list(FILTER guide_sources EXCLUDE REGEX "/checksum\\.c$")
add_library(guide_plain OBJECT ${PROJECT_SOURCE_DIR}/stack/src/checksum.c)
target_include_directories(guide_plain PRIVATE ${PROJECT_SOURCE_DIR}/stack/include)
target_compile_options(guide_plain PRIVATE -O3)
add_library(guide_objects OBJECT stacks/tcpref.c ${guide_sources})
target_compile_definitions(guide_objects PRIVATE stacks_tcpref=stacks_guide _GNU_SOURCE)
target_include_directories(guide_objects PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} include
                           ${PROJECT_SOURCE_DIR}/stack/include ${PROJECT_SOURCE_DIR}/stack/src)
target_compile_options(guide_objects PRIVATE ${guide_coverage})
set(guide_parts $<TARGET_OBJECTS:guide_objects> $<TARGET_OBJECTS:guide_plain>)
add_custom_command(OUTPUT guide.o
    COMMAND ${CMAKE_LINKER} -r -o guide.o ${guide_parts}
    COMMAND ${CMAKE_OBJCOPY} --keep-global-symbol=stacks_guide guide.o
    DEPENDS guide_objects guide_plain ${guide_parts}
    COMMAND_EXPAND_LISTS VERBATIM)
set_source_files_properties(guide.o PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
add_library(assay_guide STATIC guide/guide.c ${CMAKE_CURRENT_BINARY_DIR}/guide.o)
target_include_directories(assay_guide PUBLIC ${CMAKE_CURRENT_SOURCE_DIR} include)
