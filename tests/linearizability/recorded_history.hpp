// Reads the recorded histories of tests/data/histories (formats: README.md there) into actions and a model.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <heddle/linearizability/checker.hpp>

namespace heddle::test {

struct recorded_history {
  std::vector<linearizability::action> actions;
  std::shared_ptr<linearizability::transition_system> model;
};

/// A Jepsen log of one compare-and-set register. `declare_observers` tells the search which operations never
/// change the state.
recorded_history read_etcd(const std::string& path, bool declare_observers);

/// Porcupine's log of a map with append, one partition per key.
recorded_history read_kv(const std::string& path, bool declare_observers);

}  // namespace heddle::test
