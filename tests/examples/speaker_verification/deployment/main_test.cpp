#define BOOST_TEST_MODULE speaker_deployment
#include <boost/test/unit_test.hpp>
