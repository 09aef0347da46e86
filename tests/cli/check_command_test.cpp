// heddle check as its users meet it.
#include <filesystem>
#include <fstream>
#include <map>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "program.hpp"

namespace heddle::test {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

const std::string histories = HEDDLE_TEST_DATA "/histories/";

const std::string good =
    "{\"heddle-history\": 1}\n"
    "{\"process\": 0, \"type\": \"invoke\", \"f\": \"write\", \"value\": 1}\n"
    "{\"process\": 0, \"type\": \"ok\", \"f\": \"write\"}\n"
    "{\"process\": 0, \"type\": \"invoke\", \"f\": \"read\"}\n"
    "{\"process\": 0, \"type\": \"ok\", \"f\": \"read\", \"value\": 1}\n";

std::string with_last_read(const std::string& seen) {
  return good.substr(0, good.rfind("1}")) + seen + "}\n";
}

/// Overlapping compare-and-sets and a read of what nobody wrote; the search would take for ever.
std::string hopeless() {
  std::string text =
      "{:process 0 :type :invoke :f :write :value 0} {:process 0 :type :ok :f :write :value 0}\n";
  const auto event = [&](int process, const std::string& type, const std::string& f,
                         const std::string& value) {
    text +=
        "{:process " + std::to_string(process) + " :type " + type + " :f " + f + " :value " + value + "}\n";
  };
  const auto all = [&](const std::string& type) {
    for (int from = 0; from < 7; ++from) {
      for (int to = 0; to < 7; ++to) {
        const std::string pair = "[" + std::to_string(from) + " " + std::to_string(to) + "]";
        if (from != to) event(10 * from + to, type, ":cas", pair);
      }
    }
  };
  all(":invoke");
  event(99, ":invoke", ":read", "nil");
  event(99, ":ok", ":read", "77");
  all(":ok");
  return text;
}

/// A folder that is gone when the test is over.
class folder {
 public:
  folder()
      : path_(std::filesystem::temp_directory_path() / ("heddle-cli-test-" + std::to_string(::getpid()))) {
    std::filesystem::create_directory(path_);
  }
  ~folder() { std::filesystem::remove_all(path_); }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;

  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return (path_ / name).string();
  }
  std::string at(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

TEST_CASE("exit code 0: every history is linearizable") {
  const program_result r = run_heddle({"check", "--model", "register", "-"}, good);
  CHECK(r.exit_code == 0);
  CHECK(r.err.empty());
  CHECK_THAT(r.out, StartsWith("history  verdict "));
  CHECK_THAT(r.out, Contains("monitor: register"));
  CHECK_THAT(r.out, Contains("1 history by model register: 1 ok, 0 violations\n"));
}

TEST_CASE("exit code 1: a violation, explained") {
  const program_result r =
      run_heddle({"check", "--model", "register", "--search-only", "--quiet", "-"}, with_last_read("2"));
  CHECK(r.exit_code == 1);
  CHECK(r.err.empty());
  CHECK(r.out ==
        "-: NOT LINEARIZABLE as register\n"
        "  line 5: process 0: read → 2 (called in line 4) has no place in any order\n"
        "  without it, what had returned by then has an order of 1 operation; it ends with\n"
        "    line 3      process 0     write 1   then: 1\n"
        "  in that order read would answer 1\n"
        "\n"
        "1 history by model register: 0 ok, 1 violation\n");
}

TEST_CASE("exit code 2: input that cannot be read") {
  const program_result r = run_heddle({"check", "--model", "register", "--quiet", "-"}, with_last_read("[1"));
  CHECK(r.exit_code == 2);
  CHECK(r.err == "heddle: standard input:5:54: expected ',' or ']' in a list, found '}'\n");
  CHECK(r.out == "1 history by model register: 0 ok, 0 violations, 1 unreadable\n");
  CHECK(run_heddle({"check", "--model", "register", "/no/such/file"}).err ==
        "heddle: /no/such/file: cannot be read: No such file or directory\n");
}

TEST_CASE("exit code 3: not decided in time, with how far it got") {
  const program_result r =
      run_heddle({"check", "--model", "cas-register", "--search-only", "--timeout", "50ms", "-"}, hopeless());
  CHECK(r.exit_code == 3);
  CHECK_THAT(r.out, StartsWith("-: UNKNOWN\n  gave up (timeout) after "));
  CHECK_THAT(r.out, Contains(" steps; the longest order tried holds ") && Contains(" of 44 operations\n"));
  CHECK_THAT(r.out, Contains("unknown (timeout)"));
}

TEST_CASE("of several histories the gravest decides the exit code") {
  const folder f;
  const std::string ok = f.file("ok", good);
  const std::string bad = f.file("bad", with_last_read("2"));
  const std::string broken = f.file("broken", "?");
  const std::string hard = f.file("hard", hopeless());
  const auto code = [](std::vector<std::string> files) {
    files.insert(files.begin(), {"check", "-m", "cas-register", "--search-only", "--timeout", "0.05", "-q"});
    return run_heddle(files).exit_code;
  };
  CHECK(code({ok, ok}) == 0);
  CHECK(code({ok, hard}) == 3);
  CHECK(code({hard, broken}) == 2);
  CHECK(code({bad, broken, hard, ok}) == 1);
}

TEST_CASE("what is wrong with the command line is said, exit code 2") {
  const auto complaint = [](const std::vector<std::string>& arguments) {
    const program_result r = run_heddle(arguments, good);
    CHECK(r.exit_code == 2);
    CHECK(r.out.empty());
    return r.err;
  };
  CHECK_THAT(complaint({"check", "-"}),
             StartsWith("heddle: --model is missing; there are register, cas-register,"));
  CHECK_THAT(complaint({"check", "-m", "queue", "-"}),
             StartsWith("heddle: there is no model \"queue\"; there are "));
  CHECK(complaint({"check", "-m", "set"}) ==
        "heddle: no history is given; heddle check --list names the models\n");
  CHECK(complaint({"check", "-m", "set", "--timeout", "soon", "-"}) ==
        "heddle: --timeout soon: expected a time such as 10s, 500ms or 2m, or none\n");
  CHECK(complaint({"check", "-m", "mutex", "--initial", "1", "-"}) ==
        "heddle: --initial: model mutex always starts in the same state\n");
  CHECK(complaint({"check", "-m", "register", "--initial", "[1", "-"}) ==
        "heddle: --initial:1:3: expected ',' or ']' in a list, found the end of the text\n");
  CHECK_THAT(complaint({"check", "-m", "counter", "--initial", "\"x\"", "-"}),
             StartsWith("heddle: --initial \"x\": expected the number at first: an integer"));
  CHECK_THAT(complaint({"check", "-m", "set", "--format", "xml", "-"}), Contains("--format"));
  CHECK(complaint({"check", "-m", "set", "--level", "serializable", "-"}) ==
        "heddle: --level: model set has no transactions\n");
  CHECK_THAT(complaint({"check", "-m", "list-append", "--level", "best", "-"}),
             StartsWith("heddle: there is no level \"best\"; there are read-committed, repeatable-read, "));
  CHECK(complaint({"check", "-m", "list-append", "--search-only", "--level", "serializable", "-"}) ==
        "heddle: --search-only: the search decides strict-serializable only\n");
  CHECK_THAT(
      complaint({"check", "-m", "set", "--condition", "best", "-"}),
      StartsWith("heddle: there is no condition \"best\"; there are linearizability, sequential-consis"));
  CHECK(complaint({"check", "-m", "set", "--condition", "monotonic-reads", "-"}) ==
        "heddle: --condition: monotonic-reads is about reads and writes, so it is not defined for model set; "
        "it is "
        "for register, multi-register, key-value\n");
  CHECK(complaint(
            {"check", "-m", "list-append", "-c", "sequential-consistency", "--level", "serializable", "-"}) ==
        "heddle: --condition and --level: give one of them; levels are the conditions of transactions\n");
  CHECK(complaint({"check", "-m", "register", "--search-only", "-c", "causal-memory", "-"}) ==
        "heddle: --search-only: the search does not decide causal-memory\n");
}

// --- Weaker conditions

/// Process 1 misses what process 0 wrote, then sees it; process 0 misses its own write at last.
const std::string stale =
    "{:process 0 :type :invoke :f :write :value 3}\n{:process 0 :type :ok :f :write :value 3}\n"
    "{:process 1 :type :invoke :f :read}\n{:process 1 :type :ok :f :read :value nil}\n"
    "{:process 1 :type :invoke :f :read}\n{:process 1 :type :ok :f :read :value 3}\n";
const std::string forgotten =
    stale + "{:process 0 :type :invoke :f :read}\n{:process 0 :type :ok :f :read :value nil}\n";

TEST_CASE("option --condition asks for less than linearizability") {
  const auto under = [](const char* condition, const std::string& history) {
    return run_heddle({"check", "-m", "register", "-q", "--condition", condition, "-"}, history);
  };
  CHECK(under("linearizability", stale).exit_code == 1);
  CHECK(under("quiescent-consistency", stale).exit_code == 1);
  const program_result weaker = under("sequential-consistency", stale);
  CHECK(weaker.exit_code == 0);
  CHECK(weaker.out == "1 history by model register, sequential-consistency: 1 ok, 0 violations\n");
  const program_result sequential = under("sequential-consistency", forgotten);
  CHECK(sequential.exit_code == 1);
  CHECK(
      sequential.out ==
      "-: NOT SEQUENTIALLY CONSISTENT as register\n"
      "  line 8: process 0: read → none (called in line 7) has no place in any order that keeps those of the "
      "processes\n"
      "  without it, what had returned by then has an order of 3 operations; it ends with\n"
      "    line 4      process 1     read → none   then: none\n"
      "    line 2      process 0     write 3       then: 3\n"
      "    line 6      process 1     read → 3      then: 3\n"
      "  in that order read would answer 3\n"
      "\n"
      "1 history by model register, sequential-consistency: 0 ok, 1 violation\n");
  for (const char* condition : {"causal-memory", "causal-convergence", "causal-consistency"}) {
    CHECK(under(condition, stale).exit_code == 0);
    CHECK_THAT(under(condition, forgotten).out,
               Contains("\n  initial read: process 0 wrote 3 and afterwards read nothing\n"));
  }
  for (const char* condition : {"monotonic-reads", "monotonic-writes", "writes-follow-reads"})
    CHECK(under(condition, forgotten).exit_code == 0);
  const program_result own = under("read-your-writes", forgotten);
  CHECK(own.exit_code == 1);
  CHECK(own.out ==
        "-: NOT READ-YOUR-WRITES CONSISTENT as register\n"
        "  process 0 wrote 3 and afterwards read nothing\n"
        "    line 2      process 0     write 3   (called in line 1)\n"
        "    line 8      process 0     read → none   (called in line 7)\n"
        "\n"
        "1 history by model register, read-your-writes: 0 ok, 1 violation\n");
}

TEST_CASE("a history of which reads do not say what they saw is an error of input") {
  const program_result r = run_heddle({"check", "-m", "register", "-q", "-c", "causal-memory", "-"},
                                      stale + stale.substr(0, stale.find("{:process 1")));
  CHECK(r.exit_code == 2);
  CHECK(r.err ==
        "heddle: standard input:7:1: expected values that a register has once, so that reads tell which "
        "write they "
        "saw, found write 3 (as in line 1)\n");
}

TEST_CASE("weaker conditions as JSON and as a picture without an order") {
  const folder f;
  const auto judged = [&](const char* condition) {
    CHECK(run_heddle({"check", "-m", "register", "-q", "-c", condition, "--json", f.at("v.json"), "--html",
                      f.at("page.html"), f.file("h", forgotten)})
              .exit_code == 1);
    std::ifstream page(f.at("page.html"));
    CHECK_THAT(std::string(std::istreambuf_iterator<char>(page), {}), Contains("no order is shown: "));
    std::ifstream in(f.at("v.json"));
    return nlohmann::json::parse(in);
  };
  const nlohmann::json sequential = judged("sequential-consistency");
  CHECK(sequential["asked"] == "sequentially consistent");
  CHECK(sequential["histories"].at(0)["violation"]["completed_line"] == 8);
  const nlohmann::json sessions = judged("read-your-writes")["histories"].at(0);
  CHECK(sessions["method"] == "reads from");
  CHECK(sessions["violation"]["sentence"] == "process 0 wrote 3 and afterwards read nothing");
  CHECK(sessions["violation"]["operations"].at(1)["completed_line"] == 8);
}

const std::string write_skew =
    "{\"heddle-history\": 1}\n"
    "{\"process\": 0, \"type\": \"invoke\", \"f\": \"txn\", \"value\": [[\"r\", 1, null], [\"append\", 2, "
    "7]]}\n"
    "{\"process\": 1, \"type\": \"invoke\", \"f\": \"txn\", \"value\": [[\"r\", 2, null], [\"append\", 1, "
    "8]]}\n"
    "{\"process\": 0, \"type\": \"ok\", \"value\": [[\"r\", 1, []], [\"append\", 2, 7]]}\n"
    "{\"process\": 1, \"type\": \"ok\", \"value\": [[\"r\", 2, []], [\"append\", 1, 8]]}\n";

TEST_CASE("transactions are judged at the isolation level that is asked for") {
  const program_result strict = run_heddle({"check", "-m", "list-append", "-q", "-"}, write_skew);
  CHECK(strict.exit_code == 1);
  CHECK_THAT(strict.out,
             StartsWith("-: NOT STRICT SERIALIZABLE as list-append\n"
                        "  holds: strong snapshot isolation\n"
                        "  G2-item (write skew): line 4 -rw key 1-> line 5 -rw key 2-> line 4\n"));
  const program_result weaker =
      run_heddle({"check", "-m", "list-append", "--level", "snapshot-isolation", "-"}, write_skew);
  CHECK(weaker.exit_code == 0);
  CHECK_THAT(weaker.out, StartsWith("-: ok\n  holds: strong snapshot isolation\n"
                                    "  snapshot isolation allows, but stronger levels do not:\n  G2-item "));
  CHECK_THAT(weaker.out, Contains("  dependency graph  "));
}

TEST_CASE("levels and anomalies as JSON") {
  const folder f;
  run_heddle({"check", "-m", "list-append", "-q", "--json", f.at("v.json"), f.file("h", write_skew)});
  std::ifstream in(f.at("v.json"));
  const nlohmann::json found = nlohmann::json::parse(in)["histories"].at(0)["isolation"];
  CHECK(found["asked"] == "strict serializable");
  CHECK(found["strongest"] == nlohmann::json::array({"strong snapshot isolation"}));
  CHECK(found["complete"] == true);
  const nlohmann::json& a = found["anomalies"].at(0);
  CHECK(a["name"] == "G2-item");
  CHECK(a["plain"] == "write skew");
  CHECK(a["cycle"].at(0) ==
        nlohmann::json({{"from_line", 4}, {"dependency", "rw"}, {"key", "1"}, {"to_line", 5}}));
}

TEST_CASE("options --html and --trace draw the history") {
  const folder f;
  const program_result r = run_heddle(
      {"check", "-m", "register", "-q", "--html", f.at("page.html"), "--trace", f.at("trace.json"), "-"},
      with_last_read("2"));
  CHECK(r.exit_code == 1);
  CHECK(r.err.empty());
  const auto content = [](const std::string& file) {
    std::ifstream in(file);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  CHECK_THAT(content(f.at("page.html")), StartsWith("<!doctype html>"));
  CHECK_THAT(content(f.at("page.html")),
             Contains("<title>standard input: NOT LINEARIZABLE as register</title>"));
  CHECK(nlohmann::json::parse(content(f.at("trace.json"))).contains("traceEvents"));
}

TEST_CASE("a picture shows one history, and a file that cannot be written is said, exit code 2") {
  const folder f;
  const std::string ok = f.file("ok", good);
  const program_result two = run_heddle({"check", "-m", "register", "--html", f.at("page.html"), ok, ok});
  CHECK(two.exit_code == 2);
  CHECK(two.err == "heddle: --html and --trace draw one history, but 2 are given\n");
  const program_result nowhere =
      run_heddle({"check", "-m", "register", "-q", "--html", "/no/such/page.html", ok});
  CHECK(nowhere.exit_code == 2);
  CHECK(nowhere.err == "heddle: --html /no/such/page.html: cannot be written\n");
}

TEST_CASE("what deserves a remark but is no error is noted") {
  const program_result r = run_heddle({"check", "-m", "register", "-q", "-"},
                                      "{:process 0 :type :invoke :f :write :value 1}\n"
                                      "{:process :nemesis :type :info :f :start}\n");
  CHECK(r.exit_code == 0);
  const program_result told = run_heddle({"check", "-m", "register", "-"},
                                         "{:process 0 :type :invoke :f :write :value 1}\n"
                                         "{:process :nemesis :type :info :f :start}\n");
  CHECK_THAT(told.out,
             StartsWith("-: ok\n"
                        "  note: 1 call never returned and counts as of unknown outcome (first: line 1)\n"
                        "  note: 1 event of processes that are no clients left out (first: line 2)\n"));
}

TEST_CASE("option --list names the models and how their operations are written") {
  const program_result r = run_heddle({"check", "--list"});
  CHECK(r.exit_code == 0);
  for (const char* name : {"linearizability ", "sequential-consistency ", "read-your-writes "})
    CHECK_THAT(r.out, Contains(std::string("\n    ") + name));
  for (const char* name : {"register ", "cas-register ", "multi-register ", "mutex ", "reentrant-mutex ",
                           "semaphore ", "counter ", "set ", "multiset ", "fifo-queue ", "stack ",
                           "priority-queue ", "key-value ", "list-append ", "rw-register-transactions "}) {
    CHECK_THAT("\n" + r.out, Contains(std::string("\n") + name));
  }
  CHECK_THAT(
      r.out,
      Contains(
          "    cas [from to]                → false if it did not hold from; writes to if it holds from\n"));
}

TEST_CASE("verdicts as JSON") {
  const folder f;
  const std::string bad = f.file("bad", with_last_read("\"\\u00e9\xff\""));
  const program_result r =
      run_heddle({"check", "-m", "register", "--search-only", "-q", "--json", f.at("v.json"), bad});
  CHECK(r.exit_code == 1);
  std::ifstream in(f.at("v.json"));
  const nlohmann::json verdicts = nlohmann::json::parse(in);
  CHECK(verdicts["format"] == "heddle-check");
  CHECK(verdicts["version"] == 1);
  CHECK(verdicts["asked"] == "linearizable");
  const nlohmann::json& h = verdicts["histories"].at(0);
  CHECK(h["file"] == bad);
  CHECK(h["verdict"] == "violation");
  CHECK(h["method"] == "search");
  CHECK(h["operations"] == 2);
  CHECK(h["violation"]["completed_line"] == 5);
  CHECK(h["violation"]["invoked_line"] == 4);
  CHECK(h["violation"]["model_would_answer"] == nlohmann::json::array({"1"}));
  CHECK(run_heddle({"check", "-m", "register", "-q", "--json", "/no/such/folder/v", bad}).exit_code == 2);
}

TEST_CASE("all published histories, in parallel") {
  std::ifstream expected(histories + "expected.tsv");
  std::vector<std::string> etcd = {"check", "-m", "cas-register"};
  std::map<std::string, std::string> published;
  for (std::string path, verdict; expected >> path >> verdict;) {
    if (!path.starts_with("etcd/")) continue;
    etcd.push_back(histories + path);
    published[histories + path] = verdict;
  }
  for (const char* jobs : {"1", "4"}) {
    std::vector<std::string> arguments = etcd;
    arguments.insert(arguments.end(), {"--jobs", jobs});
    const program_result r = run_heddle(arguments);
    CHECK(r.exit_code == 1);
    for (const auto& [path, verdict] : published) CHECK_THAT(r.out, Contains(path + "  " + verdict + ' '));
  }
}

TEST_CASE("no colours where there is no terminal") {
  const program_result r = run_heddle({"check", "-m", "register", "-"}, with_last_read("2"));
  CHECK(r.out.find('\x1b') == std::string::npos);
  CHECK(r.err.empty());  // nor a progress bar
}

}  // namespace
}  // namespace heddle::test
