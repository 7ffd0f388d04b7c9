# SPDX-License-Identifier: Apache-2.0
# cmake -DMODEL=x.pml -DBROKEN=n -DWORK=folder -P run_promela.cmake
# Lets spin judge a model: no failed assertion and no deadlock; and, under weak fairness, its formula.
# With BROKEN other than 0 the model must fail, or it would not notice what it is there to notice.

find_program(SPIN spin)
find_program(CC NAMES gcc cc)
if(NOT SPIN OR NOT CC)
  message(FATAL_ERROR "spin and a C compiler are needed to check ${MODEL}: run tools/setup")
endif()
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})

function(run_step)
  execute_process(COMMAND ${ARGV} WORKING_DIRECTORY ${WORK}
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGV}: ${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

# Sets `errors` in the caller to what the verifier found. A search that was cut short proves nothing.
function(search name defines options)
  run_step(${CC} -O2 -w ${defines} -o ${name} pan.c)
  run_step(./${name} -m100000 -w20 ${options})
  if(output MATCHES "depth too small|out of memory" OR NOT output MATCHES "errors: ([0-9]+)")
    message(FATAL_ERROR "${name}: the search did not come to its end\n${output}")
  endif()
  set(errors ${CMAKE_MATCH_1} PARENT_SCOPE)
  message(STATUS "${name}\n${output}")
endfunction()

run_step(${SPIN} -a -DBROKEN=${BROKEN} ${MODEL})
search(safety "-DSAFETY;-DNOCLAIM" "")
set(failures ${errors})
search(liveness "-DNFAIR=4" "-a;-f")
math(EXPR failures "${failures} + ${errors}")
if(BROKEN EQUAL 0 AND NOT failures EQUAL 0)
  message(FATAL_ERROR "${MODEL} fails; to see how: spin -t -p ${MODEL} in ${WORK}")
elseif(NOT BROKEN EQUAL 0 AND failures EQUAL 0)
  message(FATAL_ERROR "${MODEL} does not notice that it is broken in way ${BROKEN}")
endif()
