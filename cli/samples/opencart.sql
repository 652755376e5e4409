-- phpMyAdmin SQL Dump
-- version 5.2.1
-- https://www.phpmyadmin.net/

SET SQL_MODE = "NO_AUTO_VALUE_ON_ZERO";
START TRANSACTION;
SET time_zone = "+00:00";

/*!40101 SET NAMES utf8mb4 */;

--
-- Table structure for table `oc_customer`
--

CREATE TABLE `oc_customer` (
  `customer_id` int(11) NOT NULL,
  `customer_group_id` int(11) NOT NULL,
  `store_id` int(11) NOT NULL DEFAULT 0,
  `language_id` int(11) NOT NULL,
  `firstname` varchar(32) NOT NULL,
  `lastname` varchar(32) NOT NULL,
  `email` varchar(96) NOT NULL,
  `telephone` varchar(32) NOT NULL,
  `fax` varchar(32) NOT NULL,
  `password` varchar(40) NOT NULL,
  `salt` varchar(9) NOT NULL,
  `cart` text DEFAULT NULL,
  `wishlist` text DEFAULT NULL,
  `newsletter` tinyint(1) NOT NULL DEFAULT 0,
  `address_id` int(11) NOT NULL DEFAULT 0,
  `custom_field` text NOT NULL,
  `ip` varchar(40) NOT NULL,
  `status` tinyint(1) NOT NULL,
  `safe` tinyint(1) NOT NULL,
  `token` text NOT NULL,
  `code` varchar(40) NOT NULL,
  `date_added` datetime NOT NULL
) ENGINE=MyISAM DEFAULT CHARSET=utf8mb4;

--
-- Dumping data for table `oc_customer`
--

INSERT INTO `oc_customer` (`customer_id`, `customer_group_id`, `store_id`, `language_id`, `firstname`, `lastname`, `email`, `telephone`, `fax`, `password`, `salt`, `cart`, `wishlist`, `newsletter`, `address_id`, `custom_field`, `ip`, `status`, `safe`, `token`, `code`, `date_added`) VALUES
(1, 1, 0, 1, 'Ada', 'Lovelace', 'ada@example.com', '1', '', '21a4a88dcd954cfa9a9a8665ad8698954b775db0', 'kP3xW9zQ1', NULL, NULL, 1, 2, '[]', '192.0.2.1', 1, 0, '', '', '2018-03-01 10:00:00'),
(2, 1, 0, 1, 'Miles', 'O\'Brien', 'miles@example.com', '2', '', '9cc2ae8a1ba7a93da39b46fc1019c481', '', NULL, NULL, 0, 0, '', '192.0.2.2', 1, 0, '', '', '2012-06-02 11:30:00'),
(3, 1, 0, 1, 'Not', 'Approved', 'not@example.com', '3', '', 'dd910be026d121ccefddd82e750fa9300b2a14e3', 'kP3xW9zQ1', NULL, NULL, 0, 0, '', '192.0.2.3', 0, 0, '', '', '2019-06-02 11:30:00');

--
-- Indexes for table `oc_customer`
--
ALTER TABLE `oc_customer`
  ADD PRIMARY KEY (`customer_id`);
COMMIT;
