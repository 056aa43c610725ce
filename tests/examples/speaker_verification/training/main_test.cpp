#define BOOST_TEST_MODULE speaker_training
#include <boost/test/unit_test.hpp>
