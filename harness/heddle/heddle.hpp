// Everything that a test needs: contracts, generators for their arguments, and check().
#pragma once

#include <rapidcheck/gen/Arbitrary.h>
#include <rapidcheck/gen/Numeric.h>
#include <rapidcheck/gen/Select.h>

#include <heddle/generators/contract.hpp>
#include <heddle/harness/check.hpp>
