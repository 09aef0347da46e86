// The picture of a failure (picture/diagram.hpp).
#pragma once

#include <heddle/harness/exploration.hpp>
#include <heddle/picture/diagram.hpp>

namespace heddle::harness {

/// Runs the case again and draws it: threads as lanes, calls as bars, on them the operations by which threads
/// influenced each other, as the report's interleaving has them. The axis counts its lines.
picture::diagram draw(const contract_definition& contract, const counterexample& c);

}  // namespace heddle::harness
