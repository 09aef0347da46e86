// Histories that others recorded and judged: the verdicts must be theirs, and the work far below theirs.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>

#include <catch2/catch.hpp>

#include <heddle/recorded/models/models.hpp>

namespace heddle::recorded {
namespace {

using linearizability::action;
using linearizability::outcome;

const std::string histories = HEDDLE_TEST_DATA "/histories/";

struct published {
  std::string path;
  bool ok = false;
  std::uint64_t porcupine_steps = 0;  ///< 0 where they are not known
};

std::vector<published> published_verdicts() {
  std::map<std::string, std::uint64_t> steps;
  std::string path, text;
  std::ifstream counts(histories + "porcupine-steps.tsv");
  std::getline(counts, text);
  for (std::string operations, processes; counts >> path >> operations >> processes >> text;) {
    steps[path] = text.find_first_not_of("0123456789") == std::string::npos ? std::stoull(text) : 0;
  }
  std::vector<published> all;
  std::ifstream expected(histories + "expected.tsv");
  while (expected >> path >> text) all.push_back({path, text == "ok", steps[path]});
  return all;
}

const model& model_for(const std::string& path) {
  return *find_model(path.starts_with("etcd/") ? "cas-register" : "key-value");
}

TEST_CASE("recorded histories get their published verdicts") {
  std::size_t ok = 0;
  std::size_t violations = 0;
  for (const published& p : published_verdicts()) {
    INFO(p.path);
    history h = read_history(histories + p.path);
    const judgement j = judge(model_for(p.path), h);
    CHECK(j.result == (p.ok ? outcome::linearizable : outcome::violation));
    CHECK(j.why.has_value() == !p.ok);
    ++(p.ok ? ok : violations);
  }
  CHECK(ok == 13);
  CHECK(violations == 41);
}

TEST_CASE("recorded histories take few steps") {
  std::uint64_t ours = 0;
  std::uint64_t theirs = 0;
  std::vector<double> ratios;
  for (const published& p : published_verdicts()) {
    if (p.porcupine_steps == 0) continue;
    INFO(p.path);
    history h = read_history(histories + p.path);
    const std::uint64_t steps = judge(model_for(p.path), h, {.explain = false, .monitors = false}).steps;
    std::cout << p.path << '\t' << steps << '\t' << p.porcupine_steps << '\n';
    CHECK(steps <= 2 * p.porcupine_steps);
    ours += steps;
    theirs += p.porcupine_steps;
    ratios.push_back(static_cast<double>(p.porcupine_steps) / static_cast<double>(steps));
  }
  std::nth_element(ratios.begin(), ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2),
                   ratios.end());
  std::cout << "sum\t" << ours << '\t' << theirs << "\nmedian file\t" << ratios[ratios.size() / 2]
            << " times below\n";
  CHECK(ratios.size() == 53);
  CHECK(theirs == 1'769'136);
  CHECK(ours * 200 <= theirs);
  CHECK(ratios[ratios.size() / 2] >= 3);
}

}  // namespace
}  // namespace heddle::recorded
