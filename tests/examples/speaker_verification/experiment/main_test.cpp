#define BOOST_TEST_MODULE speaker_experiment
#include <boost/test/unit_test.hpp>
