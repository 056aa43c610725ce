#define BOOST_TEST_MODULE speech_data
#include <boost/test/unit_test.hpp>
