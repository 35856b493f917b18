# The command line from outside: exit codes, messages, and what is left behind, on bad input too.
add_test(NAME cli COMMAND sh ${CMAKE_CURRENT_LIST_DIR}/cli.sh $<TARGET_FILE:tcpassay>
                          ${CMAKE_BINARY_DIR}/test-plugins ${CMAKE_CURRENT_LIST_DIR}/data/cli)
set_tests_properties(cli PROPERTIES TIMEOUT 300)
