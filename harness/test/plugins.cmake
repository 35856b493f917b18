# Faulty plug-ins for the tests of choosing, of the probe and of the pool of workers.
set(TEST_PLUGINS ${CMAKE_BINARY_DIR}/test-plugins)
file(GLOB plugin_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/plugins/*.c)
foreach(source ${plugin_sources})
    get_filename_component(name ${source} NAME_WE)
    add_library(plugin_${name} MODULE ${source})
    target_compile_definitions(plugin_${name} PRIVATE _GNU_SOURCE)
    target_include_directories(plugin_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/include)
    # Nothing is put around their objects, so that sizes in the symbol table are those of the source.
    target_compile_options(plugin_${name} PRIVATE -fno-sanitize=all)
    set_target_properties(plugin_${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name}
                          LIBRARY_OUTPUT_DIRECTORY ${TEST_PLUGINS})
    list(APPEND plugin_targets plugin_${name})
endforeach()
if(TARGET test_stacks)
    target_compile_definitions(test_stacks PRIVATE TEST_PLUGINS="${TEST_PLUGINS}"
                               TCPREF_PLUGIN="$<TARGET_FILE:tcpref_plugin>")
    add_dependencies(test_stacks tcpref_plugin ${plugin_targets})
endif()

add_library(plugin_frail MODULE ${CMAKE_CURRENT_LIST_DIR}/frail.c stacks/tcpref.c)
target_compile_definitions(plugin_frail PRIVATE TCPASSAY_PLUGIN _GNU_SOURCE)
target_include_directories(plugin_frail PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/include)
target_link_libraries(plugin_frail PRIVATE tcpref)
target_link_options(plugin_frail PRIVATE LINKER:--wrap=tcpref_input)
set_target_properties(plugin_frail PROPERTIES PREFIX "" OUTPUT_NAME frail
                      LIBRARY_OUTPUT_DIRECTORY ${TEST_PLUGINS})
if(TARGET test_trial)
    target_compile_definitions(test_trial PRIVATE TEST_PLUGINS="${TEST_PLUGINS}")
    add_dependencies(test_trial plugin_frail ${plugin_targets})
endif()
