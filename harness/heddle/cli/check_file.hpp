// What heddle check finds out about one file.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <heddle/cli/picture_files.hpp>
#include <heddle/recorded/model.hpp>

namespace heddle::cli {

struct check_request {
  const recorded::model* by = nullptr;
  recorded::format written_in = recorded::format::automatic;
  recorded::judge_options how;
  picture_files drawn = {};
};

/// Plain data that passes from the process that judged to the one that prints.
struct file_report {
  std::string file;
  std::string verdict;  ///< "ok", "violation", "unknown", or "unreadable"
  std::string reason;   ///< of unknown: "timeout"; of unreadable: what is wrong and where
  std::string method;   ///< what decided
  std::uint64_t operations = 0;
  std::uint64_t failed = 0;
  std::uint64_t unknown_outcomes = 0;
  std::uint64_t judged = 0;
  std::uint64_t placed = 0;
  std::uint64_t steps = 0;
  double seconds = 0;  ///< of judging, without reading
  std::vector<std::string> notes;
  std::string explanation;           ///< for people, several lines
  nlohmann::ordered_json violation;  ///< the same for programs; null if there is none
  nlohmann::ordered_json isolation;  ///< levels and anomalies of transactions; null if they are none
  std::string not_drawn;             ///< why a picture could not be written; empty if it was
};

/// Reads and judges. Throws nothing but what a program cannot go on from.
file_report check_file(const std::string& file, const check_request& request);

/// Text that is not UTF-8 is repaired.
std::string to_json_text(const nlohmann::ordered_json& json, int indent);
nlohmann::ordered_json to_json(const file_report& report);
file_report report_of(const nlohmann::ordered_json& json);

}  // namespace heddle::cli
