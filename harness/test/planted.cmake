# tcpref with a planted bug, as a plug-in: one file of it patched (fuzz/mutants/), the others as they are.
find_program(PATCH patch)
if(PATCH)
    set(planted 1-no-retraction-tracking)
    set(planted_patch ${PROJECT_SOURCE_DIR}/fuzz/mutants/${planted}.patch)
    set(planted_source ${CMAKE_CURRENT_BINARY_DIR}/planted/window.c)
    add_custom_command(OUTPUT ${planted_source}
        COMMAND ${PATCH} -s -f -o ${planted_source} ${PROJECT_SOURCE_DIR}/stack/src/window.c ${planted_patch}
        DEPENDS ${PROJECT_SOURCE_DIR}/stack/src/window.c ${planted_patch} VERBATIM)
    file(GLOB planted_others ${PROJECT_SOURCE_DIR}/stack/src/*.c)
    list(REMOVE_ITEM planted_others ${PROJECT_SOURCE_DIR}/stack/src/window.c)
    add_library(plugin_planted MODULE stacks/tcpref.c ${planted_source} ${planted_others})
    target_compile_definitions(plugin_planted PRIVATE TCPASSAY_PLUGIN TCPREF_NO_CHECKS _GNU_SOURCE)
    target_compile_options(plugin_planted PRIVATE -w) # without its checks some of it is not used
    target_include_directories(plugin_planted PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/include
        ${PROJECT_SOURCE_DIR}/stack/include ${PROJECT_SOURCE_DIR}/stack/src)
    target_link_options(plugin_planted PRIVATE -Wl,-Bsymbolic)
    set_target_properties(plugin_planted PROPERTIES PREFIX "" OUTPUT_NAME planted EXPORT_COMPILE_COMMANDS OFF
                          LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test-plugins)
endif()
if(PATCH)
    set(planted_cc ${CMAKE_C_COMPILER})
    if(TCPASSAY_SANITIZE)
        list(APPEND planted_cc -fsanitize=${TCPASSAY_SANITIZE}) # as the plug-ins
    endif()
    if(TCPASSAY_FUZZ)
        list(APPEND planted_cc -fsanitize=fuzzer-no-link)
    endif()
    add_test(NAME planted COMMAND sh ${CMAKE_CURRENT_LIST_DIR}/planted.sh $<TARGET_FILE:tcpassay>
             $<TARGET_FILE:plugin_planted> $<TARGET_FILE:tcpref_plugin> ${CMAKE_CURRENT_LIST_DIR}/data/cli
             ${CMAKE_CURRENT_SOURCE_DIR}/include ${planted_cc})
    set_tests_properties(planted PROPERTIES TIMEOUT 300)
endif()
