#pragma once

#include <exception>
#include <initializer_list>
#include <string>

#include <boost/test/unit_test.hpp>

/// For BOOST_CHECK_EXCEPTION: the message is one line that contains every part.
template <class... Parts>
auto says(Parts... parts) {
    return [=](const std::exception& error) {
        const std::string message = error.what();
        bool all = message.find('\n') == std::string::npos;
        for (const std::string& part : {std::string(parts)...}) all = all && message.find(part) != std::string::npos;
        if (!all) BOOST_TEST_MESSAGE("the message is: " << message);
        return all;
    };
}
