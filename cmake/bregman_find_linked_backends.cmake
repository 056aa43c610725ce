# At the end of a project: finds LibTorch if a target links bregman::torch, and Thrust if one links bregman::thrust.

# bregman_find_links(variable folder library): the targets in the folder and below it that name bregman::<library>.
function(bregman_find_links variable folder library)
    set(linking)
    get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
    foreach(target IN LISTS targets)
        foreach(property IN ITEMS LINK_LIBRARIES INTERFACE_LINK_LIBRARIES)
            get_target_property(libraries ${target} ${property})
            # Also inside a generator expression.
            if(libraries MATCHES "(^|[^A-Za-z0-9_])bregman(::|_)${library}($|[^A-Za-z0-9_])")
                list(APPEND linking ${target})
            endif()
        endforeach()
    endforeach()
    get_property(subfolders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
    foreach(subfolder IN LISTS subfolders)
        bregman_find_links(linking_below ${subfolder} ${library})
        list(APPEND linking ${linking_below})
    endforeach()
    set(${variable} ${linking} PARENT_SCOPE)
endfunction()

foreach(bregman_library IN ITEMS torch thrust)
    bregman_find_links(bregman_linking ${CMAKE_SOURCE_DIR} ${bregman_library})
    if(bregman_linking)
        include(${CMAKE_CURRENT_LIST_DIR}/bregman_find_${bregman_library}.cmake)
        if(NOT bregman_${bregman_library}_FOUND)
            list(GET bregman_linking 0 bregman_linking)
            message(FATAL_ERROR "bregman: the target ${bregman_linking} links bregman::${bregman_library}, which lacks its "
                "dependency: ${bregman_${bregman_library}_remedy}.")
        endif()
    endif()
endforeach()

# What the project itself has found in this folder would not be seen in those that were added before.
get_property(bregman_imported DIRECTORY ${CMAKE_SOURCE_DIR} PROPERTY IMPORTED_TARGETS)
foreach(bregman_target IN LISTS bregman_imported)
    set_property(TARGET ${bregman_target} PROPERTY IMPORTED_GLOBAL TRUE)
endforeach()
